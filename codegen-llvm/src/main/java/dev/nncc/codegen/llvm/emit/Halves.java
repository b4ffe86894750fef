package dev.nncc.codegen.llvm.emit;

import dev.nncc.graph.DType;

/**
 * The 16-bit floats. Their values are held as floats, and what an expression or a register holds
 * may be more precise than the type: it is rounded by a cast and where it is stored. bf16 always,
 * f16 on CPUs without conversions, by integer code that is exact for denormals, infinities and NaN.
 */
final class Halves {
  private final Code code;
  private final Target target;

  Halves(Code code, Target target) {
    this.code = code;
    this.target = target;
  }

  /** The nearest value of the type, ties to even. */
  Val rounded(Val v) {
    return switch (v.type()) {
      case F16 -> as(DType.F16, fromF16(toF16(v)));
      case BF16 -> as(DType.BF16, fromBits(bf16Bits(v)));
      default -> v;
    };
  }

  /** The 16 bits nearest to a value. */
  Val pack(Val v) {
    return v.type() == DType.F16 ? toF16(v) : truncated(op("lshr", bf16Bits(v), 16));
  }

  /** The value of 16 bits. */
  Val unpack(Val bits, DType t) {
    return as(t, t == DType.F16 ? fromF16(bits) : fromBits(op("shl", widened(bits), 16)));
  }

  /** One of the two bf16 in each 32 bits: a bf16 is the upper half of the float of its value. */
  Val ofPair(Val pairs, boolean upper) {
    return as(DType.BF16, fromBits(upper ? op("and", pairs, 0xFFFF0000) : op("shl", pairs, 16)));
  }

  /**
   * Two floats as bf16 in each 32 bits.
   *
   * @param exact whether nothing has to be rounded
   */
  Val pair(Val low, Val high, boolean exact) {
    Val l = exact ? code.bitcast(low, DType.I32) : bf16Bits(low);
    Val h = exact ? code.bitcast(high, DType.I32) : bf16Bits(high);
    Val both = op("or", op("and", h, 0xFFFF0000), op("lshr", l, 16));
    return as(DType.U32, both);
  }

  private static Val as(DType t, Val v) {
    return new Val(v.ssa(), t, v.lanes());
  }

  private Val op(String name, Val a, long k) {
    return op(name, a, code.splat(code.literal(a.type(), k), a.lanes()));
  }

  private Val op(String name, Val a, Val b) {
    return code.op(a.type(), a.lanes(), name + " " + a + ", " + b.ssa());
  }

  private Val select(Val c, Val x, Val y) {
    return code.op(x.type(), x.lanes(), "select " + c + ", " + x + ", " + y);
  }

  private Val widened(Val v) {
    return code.op(DType.I32, v.lanes(), "zext " + v + " to " + Spelling.vector("i32", v.lanes()));
  }

  private Val truncated(Val v) {
    return code.op(DType.I16, v.lanes(), "trunc " + v + " to " + Spelling.vector("i16", v.lanes()));
  }

  private Val fromBits(Val bits) {
    return code.bitcast(bits, DType.F32);
  }

  /** The bits of the float rounded to bf16, low half zero; NaN stays a (quiet) NaN. */
  private Val bf16Bits(Val v) {
    Val bits = code.bitcast(v, DType.I32);
    Val odd = op("and", op("lshr", bits, 16), 1);
    Val up = op("add", op("add", bits, 0x7FFF), odd);
    Val quiet = op("or", bits, 0x400000);
    Val nan = code.op(DType.BOOL, v.lanes(), "fcmp uno " + v + ", " + v.ssa());
    return op("and", select(nan, quiet, up), 0xFFFF0000);
  }

  private Val toF16(Val v) {
    if (!target.hasF16C()) {
      return toF16ByIntegers(v);
    }
    String half = Spelling.vector("half", v.lanes());
    String h = code.assign("fptrunc " + v + " to " + half);
    return code.op(
        DType.I16,
        v.lanes(),
        "bitcast " + half + " " + h + " to " + Spelling.vector("i16", v.lanes()));
  }

  private Val fromF16(Val bits) {
    if (!target.hasF16C()) {
      return fromF16ByIntegers(bits);
    }
    String half = Spelling.vector("half", bits.lanes());
    String h = code.assign("bitcast " + bits + " to " + half);
    return code.op(
        DType.F32,
        bits.lanes(),
        "fpext " + half + " " + h + " to " + Spelling.vector("float", bits.lanes()));
  }

  /**
   * Exponent and fraction moved in place make the value times 2^-112 (denormals included), so one
   * exact product gives it; infinity and NaN have the exponent field set.
   */
  private Val fromF16ByIntegers(Val half) {
    Val h = widened(half);
    Val sign = op("shl", op("and", h, 0x8000), 16);
    Val magnitude = op("shl", op("and", h, 0x7FFF), 13);
    Val small = fromBits(magnitude);
    Val scale = code.splat(code.literal(DType.F32, 0x1p112), half.lanes());
    Val number = code.bitcast(op("fmul", small, scale), DType.I32);
    Val special =
        code.op(
            DType.BOOL,
            half.lanes(),
            "icmp uge " + magnitude + ", " + constant(0x7C00 << 13, half.lanes()).ssa());
    Val bits = select(special, op("or", magnitude, 0x7F800000), number);
    return fromBits(op("or", bits, sign));
  }

  private Val toF16ByIntegers(Val v) {
    int n = v.lanes();
    Val bits = code.bitcast(v, DType.I32);
    Val sign = op("and", op("lshr", bits, 16), 0x8000);
    Val a = op("and", bits, 0x7FFFFFFF);
    // Rounds to 10 bits of fraction and rebases the exponent.
    Val odd = op("and", op("lshr", a, 13), 1);
    Val normal = op("lshr", op("add", op("add", a, 0xFFF - (112 << 23)), odd), 13);
    // Below 2^-14: adding one half leaves the denormal's bits, rounded, at the low end.
    Val half = code.splat(code.literal(DType.F32, 0.5), n);
    Val sum = code.bitcast(op("fadd", fromBits(a), half), DType.I32);
    Val denormal = op("sub", sum, 0x3F000000);
    Val tiny = below(a, 0x38800000, n);
    Val finite = select(tiny, denormal, normal);
    // 65520 and above, but for NaN, is infinity.
    Val fits = below(a, 0x477FF000, n);
    Val nan = code.op(DType.BOOL, n, "icmp ugt " + a + ", " + constant(0x7F800000, n).ssa());
    Val large = select(nan, constant(0x7E00, n), constant(0x7C00, n));
    return truncated(op("or", select(fits, finite, large), sign));
  }

  private Val below(Val a, long k, int n) {
    return code.op(DType.BOOL, n, "icmp ult " + a + ", " + constant(k, n).ssa());
  }

  private Val constant(long k, int lanes) {
    return code.splat(code.literal(DType.I32, k), lanes);
  }
}
