package dev.nncc.codegen.llvm.emit;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Expr.BinOp;

/** Conversions between element types; none is undefined for any value. */
final class Casts {
  private final Code code;
  private final Halves halves;
  private final Arith arith;
  private final boolean x86;

  Casts(Code code, Halves halves, Arith arith, Target target) {
    this.code = code;
    this.halves = halves;
    this.arith = arith;
    this.x86 = target.isX86();
  }

  /**
   * @param inRange a float that is NaN or truncates to a value of the integer type
   */
  Val cast(Val v, DType to, boolean inRange) {
    DType from = v.type();
    if (from == to) {
      return v;
    }
    if (to == DType.BOOL) {
      Val zero = code.splat(code.literal(from, from.isFloat() ? (Number) 0.0 : 0L), v.lanes());
      String differs = from.isFloat() ? "fcmp une " : "icmp ne ";
      return code.op(to, v.lanes(), differs + v + ", " + zero.ssa());
    }
    if (from.isFloat()) {
      return to.isFloat() ? floatToFloat(v, to) : floatToInt(v, to, inRange);
    }
    return to.isFloat() ? intToFloat(v, to) : intToInt(v, to);
  }

  private Val convert(String how, Val v, DType to) {
    return code.op(
        to, v.lanes(), how + " " + v + " to " + Spelling.vector(Spelling.value(to), v.lanes()));
  }

  private Val intToInt(Val v, DType to) {
    int from = v.type() == DType.BOOL ? 0 : v.type().bytes();
    if (from == to.bytes()) {
      return new Val(v.ssa(), to, v.lanes());
    }
    if (v.isLiteral() && v.lanes() == 1 && v.type() != DType.BOOL) {
      return code.literal(to, wrapped(Long.parseLong(v.ssa()), v.type(), to));
    }
    boolean signed = v.type() != DType.BOOL && v.type().isSigned();
    return convert(from > to.bytes() ? "trunc" : signed ? "sext" : "zext", v, to);
  }

  /** The literal's low bits, sign extended: text of an iN literal may be either way. */
  private static long wrapped(long x, DType from, DType to) {
    int f = 64 - 8 * from.bytes();
    int t = 64 - 8 * to.bytes();
    long value = from.isSigned() ? x << f >> f : x << f >>> f;
    return value << t >> t;
  }

  private Val intToFloat(Val v, DType to) {
    String how = v.type() != DType.BOOL && v.type().isSigned() ? "sitofp" : "uitofp";
    if (to == DType.F64 || to == DType.F32) {
      return convert(how, v, to);
    }
    // Through f32 is exact up to 2^24, beyond the range of f16; bf16 reaches further.
    return to == DType.BF16 && v.type().bytes() >= 4
        ? floatToFloat(convert(how, v, DType.F64), to)
        : floatToFloat(convert(how, v, DType.F32), to);
  }

  private Val floatToFloat(Val v, DType to) {
    if (to == DType.F64) {
      return convert("fpext", v, to);
    }
    if (to == DType.F32) {
      return v.type() == DType.F64 ? convert("fptrunc", v, to) : new Val(v.ssa(), to, v.lanes());
    }
    Val f = v.type() == DType.F64 ? roundedToOdd(v) : v;
    return halves.rounded(new Val(f.ssa(), to, f.lanes()));
  }

  /** f64 to f32 such that rounding the result once more is as good as rounding once. */
  private Val roundedToOdd(Val v) {
    int n = v.lanes();
    Val f = convert("fptrunc", v, DType.F32);
    Val back = convert("fpext", f, DType.F64);
    Val inexact = code.op(DType.BOOL, n, "fcmp one " + back + ", " + v.ssa());
    Val beyond =
        code.op(
            DType.BOOL,
            n,
            "fcmp ogt " + code.intrinsic("fabs", back) + ", " + code.intrinsic("fabs", v).ssa());
    Val bits = code.bitcast(f, DType.I32);
    Val one = code.splat(code.literal(DType.I32, 1L), n);
    Val inward =
        arith.select(beyond, code.op(DType.I32, n, "sub " + bits + ", " + one.ssa()), bits);
    Val odd = code.op(DType.I32, n, "or " + inward + ", " + one.ssa());
    return code.bitcast(arith.select(inexact, odd, bits), DType.F32);
  }

  private Val floatToInt(Val v, DType to, boolean inRange) {
    int n = v.lanes();
    if (to.bytes() <= 2) {
      // NaN converts to a number whose low 16 bits are 0, on x86 and ARM alike.
      Val x = inRange ? v : clamped(v, to);
      Val wide = convert("fptosi", x, DType.I32);
      return convert("trunc", code.op(DType.I32, n, "freeze " + wide), to);
    }
    if (!to.isSigned()) {
      return toUnsigned(v, to);
    }
    if (!x86 && !inRange) {
      return saturating(v, to);
    }
    // What x86 converts without meaning becomes the lowest value: right for everything below it.
    Val i = code.op(to, n, "freeze " + convert("fptosi", v, to));
    if (!inRange) {
      Val above = compare("oge", v, Math.scalb(1.0, 8 * to.bytes() - 1));
      i = arith.select(above, code.literal(to, -1L >>> 65 - 8 * to.bytes()), i);
    }
    return arith.select(compare("uno", v, 0), code.literal(to, 0L), i);
  }

  /** Clamped so that the conversion is defined; what lies above the range is put in after it. */
  private Val toUnsigned(Val v, DType to) {
    double end = Math.scalb(1.0, 8 * to.bytes());
    DType t = v.type() == DType.F64 ? DType.F64 : DType.F32;
    Val x = new Val(v.ssa(), t, v.lanes());
    double last = t == DType.F64 ? Math.nextDown(end) : Math.nextDown((float) end);
    // In this order of operands NaN gives zero.
    Val positive = arith.select(compare("ogt", x, 0), x, code.literal(t, 0.0));
    Val inside = arith.select(compare("oge", x, end), code.literal(t, last), positive);
    Val i = convert("fptoui", inside, to);
    return arith.select(compare("oge", x, end), code.literal(to, -1L), i);
  }

  private Val compare(String relation, Val v, double bound) {
    Val b = code.splat(code.literal(v.type(), bound), v.lanes());
    return code.op(DType.BOOL, v.lanes(), "fcmp " + relation + " " + v + ", " + b.ssa());
  }

  private Val saturating(Val v, DType to) {
    int n = v.lanes();
    String type = Spelling.vector(Spelling.value(to), n);
    String name =
        "llvm.fptosi.sat."
            + Spelling.suffix(Spelling.value(to), n)
            + "."
            + Spelling.suffix(Spelling.value(v.type()), n);
    code.declare(type + " @" + name + "(" + v.llvm() + ")");
    return code.op(to, n, "call " + type + " @" + name + "(" + v + ")");
  }

  private Val clamped(Val v, DType to) {
    int bits = 8 * to.bytes();
    double low = to.isSigned() ? -Math.scalb(1.0, bits - 1) : 0;
    double high = Math.scalb(1.0, to.isSigned() ? bits - 1 : bits) - 1;
    DType t = v.type() == DType.F64 ? DType.F64 : DType.F32;
    Val x = new Val(v.ssa(), t, v.lanes());
    Val above = arith.minMax(BinOp.MAX, code.literal(t, low), x, true);
    return arith.minMax(BinOp.MIN, code.literal(t, high), above, true);
  }
}
