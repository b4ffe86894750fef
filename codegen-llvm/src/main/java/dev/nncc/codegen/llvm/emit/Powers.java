package dev.nncc.codegen.llvm.emit;

import dev.nncc.graph.DType;

/**
 * x to the power y for f32, in f64 between: the logarithm's error is multiplied by up to 150 before
 * it becomes a relative one. Without branches and calls; within 1 ulp, special values as in C.
 */
final class Powers {
  /** {@code log2(m) / s = sum c_k s^2k} with {@code s = (m - 1) / (m + 1)}; highest first. */
  private static final int LOG_TERMS = 8;

  private static final int EXP_TERMS = 10;
  private static final long THREE_QUARTERS = Double.doubleToRawLongBits(0.75);

  /** Beyond it in either direction results are infinity or zero. */
  private static final double OUT_OF_RANGE = 200;

  private final Code code;

  Powers(Code code) {
    this.code = code;
  }

  Val pow(Val x, Val y) {
    Val base = convert("fpext", x, DType.F64);
    Val exponent = convert("fpext", y, DType.F64);
    Val magnitude = code.intrinsic("fabs", base);
    Val log = logarithm(magnitude);
    Val one = compare("oeq", log, 0);
    Val t = select(one, c(log, 0), f("fmul", exponent, log));
    Val p = convert("fptrunc", exponential(t), DType.F32);
    return specials(x, y, p);
  }

  private Val logarithm(Val x) {
    int n = x.lanes();
    // The exponent from bits that are made positive first, so that a logical shift will do.
    Val bits = code.bitcast(x, DType.I64);
    Val biased = i("lshr", i("sub", bits, k(x, THREE_QUARTERS - (1024L << 52))), k(x, 52));
    Val e = i("sub", biased, k(x, 1024));
    Val m = code.bitcast(i("sub", bits, i("shl", e, k(x, 52))), DType.F64);
    Val small = code.op(DType.I32, n, "trunc " + e + " to " + Spelling.vector("i32", n));
    Val s = f("fdiv", f("fsub", m, c(x, 1)), f("fadd", m, c(x, 1)));
    Val z = f("fmul", s, s);
    Val p = c(x, scaleOfTerm(LOG_TERMS - 1));
    for (int i = LOG_TERMS - 2; i >= 0; i--) {
      p = code.intrinsic("fmuladd", p, z, c(x, scaleOfTerm(i)));
    }
    Val log = code.intrinsic("fmuladd", s, p, convert("sitofp", small, DType.F64));
    log = select(compare("oeq", x, 0), c(x, Double.NEGATIVE_INFINITY), log);
    // Infinity and NaN are their own logarithms.
    return select(compare("olt", x, Double.POSITIVE_INFINITY), log, x);
  }

  private static double scaleOfTerm(int i) {
    return 2 / Math.log(2) / (2 * i + 1);
  }

  private Val exponential(Val t) {
    int n = t.lanes();
    Val x = bounded("ogt", bounded("olt", t, OUT_OF_RANGE), -OUT_OF_RANGE);
    Val whole = code.intrinsic("roundeven", x);
    Val r = f("fsub", x, whole);
    Val p = c(t, termOfExp(EXP_TERMS - 1));
    for (int i = EXP_TERMS - 2; i >= 0; i--) {
      p = code.intrinsic("fmuladd", p, r, c(t, termOfExp(i)));
    }
    // NaN makes any number here; the product below is NaN all the same.
    Val e = code.op(DType.I32, n, "freeze " + convert("fptosi", whole, DType.I32));
    Val wide = code.op(DType.I64, n, "sext " + e + " to " + Spelling.vector("i64", n));
    Val scale = code.bitcast(i("shl", i("add", wide, k(t, 1023)), k(t, 52)), DType.F64);
    return f("fmul", p, scale);
  }

  /** {@code ln(2)^i / i!}. */
  private static double termOfExp(int i) {
    double v = 1;
    for (int j = 1; j <= i; j++) {
      v *= Math.log(2) / j;
    }
    return v;
  }

  /** Signs of negative bases, and the cases that are 1 whatever the other operand. */
  private Val specials(Val x, Val y, Val p) {
    int n = x.lanes();
    Val half = f("fmul", y, c(y, 0.5));
    Val fraction = differs(code.intrinsic("floor", y), y);
    Val odd = b("and", differs(code.intrinsic("floor", half), half), not(fraction));
    Val sign = code.bitcast(x, DType.I32);
    Val negative = code.op(DType.BOOL, n, "icmp slt " + sign + ", " + k(sign, 0).ssa());
    Val signed = select(b("and", odd, negative), code.op(DType.F32, n, "fneg " + p), p);
    Val inside = compare("ogt", x, Double.NEGATIVE_INFINITY);
    Val below = b("and", compare("olt", x, 0), inside);
    Val defined = select(b("and", below, fraction), c(x, Double.NaN), signed);
    return select(b("or", compare("oeq", y, 0), compare("oeq", x, 1)), c(x, 1), defined);
  }

  private Val differs(Val a, Val b) {
    return code.op(DType.BOOL, a.lanes(), "fcmp une " + a + ", " + b.ssa());
  }

  private Val not(Val v) {
    return b("xor", v, code.splat(code.literal(DType.BOOL, 1L), v.lanes()));
  }

  private Val b(String op, Val a, Val b) {
    return code.op(DType.BOOL, a.lanes(), op + " " + a + ", " + b.ssa());
  }

  private Val f(String op, Val a, Val b) {
    return code.op(a.type(), a.lanes(), op + " " + a + ", " + b.ssa());
  }

  private Val i(String op, Val a, Val b) {
    return f(op, a, b);
  }

  private Val bounded(String beyond, Val x, double bound) {
    Val limit = c(x, bound);
    Val keep = code.op(DType.BOOL, x.lanes(), "fcmp " + beyond + " " + limit + ", " + x.ssa());
    return select(keep, limit, x);
  }

  private Val compare(String relation, Val x, double bound) {
    return code.op(DType.BOOL, x.lanes(), "fcmp " + relation + " " + x + ", " + c(x, bound).ssa());
  }

  private Val select(Val c, Val x, Val y) {
    return code.op(x.type(), x.lanes(), "select " + c + ", " + x + ", " + y);
  }

  private Val convert(String how, Val v, DType to) {
    return code.op(
        to, v.lanes(), how + " " + v + " to " + Spelling.vector(Spelling.value(to), v.lanes()));
  }

  private Val c(Val like, double v) {
    return code.splat(code.literal(like.type(), v), like.lanes());
  }

  private Val k(Val like, long v) {
    DType t = like.type() == DType.F64 || like.type() == DType.I64 ? DType.I64 : DType.I32;
    return code.splat(code.literal(t, v), like.lanes());
  }
}
