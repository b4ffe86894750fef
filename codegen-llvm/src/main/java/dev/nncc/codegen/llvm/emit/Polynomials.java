package dev.nncc.codegen.llvm.emit;

import dev.nncc.graph.DType;

/**
 * Elementary functions of f32 for any number of lanes, without branches and without calls. Errors
 * are against the exact value, over all floats; NaN, infinities, signed zero and denormals are
 * right.
 */
final class Polynomials {
  /** {@code (e^r - 1 - r) / r^2} for |r| <= ln2/2, highest power first. */
  private static final double[] EXP = {
    1.381453942e-03, 8.368745446e-03, 4.166838899e-02, 1.666652113e-01, 4.999999404e-01
  };

  /** {@code (log(1+f) - f + f^2/2) / f^3} for f in [-1/4, 1/2]. */
  private static final double[] LOG = {
    -4.507480718e-02, 1.046302271e-01, -1.316119355e-01, 1.447839490e-01,
    -1.664731217e-01, 1.999086123e-01, -2.500009584e-01, 3.333344911e-01
  };

  /** {@code erf(x) / x - 1} in x^2, for |x| below {@link #ERF_SMALL}. */
  private static final double[] ERF_NEAR_ZERO = {
    7.209670729935169e-05,
    -7.816997240297496e-04,
    5.166964139789343e-03,
    -2.684323862195015e-02,
    1.1283361911773682e-01,
    -3.7612611055374146e-01,
    1.2837916612625122e-01
  };

  /** The eighth root of {@code 1 - erf(x)}, from there up to {@link #ERF_ONE}. */
  private static final double[] ERF_BEYOND = {
    1.6032073472160846e-04,
    -2.5823290925472975e-03,
    1.3419236056506634e-02,
    -1.250177901238203e-02,
    -6.0005322098731995e-02,
    -1.4599601924419403e-01,
    1.0010863542556763
  };

  private static final double ERF_SMALL = 1.1;

  /** From here on erf rounds to 1. */
  private static final double ERF_ONE = 3.92;

  /** From here on tanh rounds to 1. */
  private static final double TANH_ONE = 9.02;

  private static final double LOG2_E = 1.4426950408889634;

  /** ln 2 in two parts; the first has few enough bits that its small multiples are exact. */
  private static final double LN2_HIGH = 0.693359375;

  private static final double LN2_LOW = -2.12194440e-4;

  /** Adding it rounds to an integer, which the low bits of the sum then hold. */
  private static final double ROUNDER = 0x1.8p23;

  private final Code code;
  private final Target target;

  Polynomials(Code code, Target target) {
    this.code = code;
    this.target = target;
  }

  /** Within 1.1 ulp with fma, 2 without. */
  Val exp(Val x) {
    return expBelow(bounded("olt", x, 89));
  }

  /** For operands that do not exceed 89 (or are NaN). */
  private Val expBelow(Val x) {
    Reduced r = reduce(bounded("ogt", x, -104));
    Val p = fma(fma(r.q, r.r, one(x)), r.r, one(x));
    return scaled(p, r);
  }

  /**
   * e^x = 2^n * (1 + r + r^2 q); {@code bits} holds n in its low bits, over those of the rounder.
   */
  private record Reduced(Val n, Val bits, Val r, Val q) {}

  private Reduced reduce(Val x) {
    Val t = fma(x, c(x, LOG2_E), c(x, ROUNDER));
    Val n = f("fsub", t, c(x, ROUNDER));
    Val r = fma(n, c(x, -LN2_HIGH), x);
    r = fma(n, c(x, -LN2_LOW), r);
    return new Reduced(n, t, r, horner(EXP, r));
  }

  /** v * 2^n, correctly rounded into denormals: in two exact-or-final steps, or by scalef. */
  private Val scaled(Val v, Reduced r) {
    if (target.hasMaskedOps() && target.isX86() && v.lanes() * 32 == target.vectorBits()) {
      return scalef(v, r.n);
    }
    Val n = i("sub", code.bitcast(r.bits, DType.I32), k(v, 0x4B400000));
    Val half = i("ashr", n, k(v, 1));
    Val rest = i("sub", n, half);
    return f("fmul", f("fmul", v, powerOfTwo(half)), powerOfTwo(rest));
  }

  private Val scalef(Val v, Val n) {
    String type = v.llvm();
    int bits = target.vectorBits();
    String name = "@llvm.x86.avx512.mask.scalef.ps." + bits;
    String rounding = bits == 512 ? ", i32" : "";
    String mask = bits == 512 ? "i16" : "i8";
    code.declare(
        type + " " + name + "(" + type + ", " + type + ", " + type + ", " + mask + rounding + ")");
    return code.op(
        v.type(),
        v.lanes(),
        "call "
            + type
            + " "
            + name
            + "("
            + v
            + ", "
            + n
            + ", "
            + type
            + " zeroinitializer, "
            + mask
            + " -1"
            + (bits == 512 ? ", i32 4" : "")
            + ")");
  }

  private Val powerOfTwo(Val n) {
    return code.bitcast(i("shl", i("add", n, k(n, 127)), k(n, 23)), DType.F32);
  }

  /** Within 1 ulp. */
  Val log(Val x) {
    Val tiny = compare("olt", x, 0x1p-126);
    Val scaled = select(tiny, f("fmul", x, c(x, 0x1p23)), x);
    Val bits = code.bitcast(scaled, DType.I32);
    // The fraction in [3/4, 3/2), what is left of the exponent in e.
    Val e = i("ashr", i("sub", bits, k(x, 0x3F400000)), k(x, 23));
    Val m = code.bitcast(i("sub", bits, i("shl", e, k(x, 23))), DType.F32);
    Val shift = i("add", e, select(tiny, k(x, -23), k(x, 0)));
    Val n =
        code.op(
            DType.F32, x.lanes(), "sitofp " + shift + " to " + Spelling.vector("float", x.lanes()));
    Val f = f("fsub", m, one(x));
    Val f2 = f("fmul", f, f);
    Val y = f("fmul", f("fmul", f2, f), horner(LOG, f));
    y = fma(n, c(x, LN2_LOW), y);
    y = fma(f2, c(x, -0.5), y);
    y = f("fadd", y, f);
    y = fma(n, c(x, LN2_HIGH), y);
    y = select(compare("ult", x, 0), c(x, Double.NaN), y);
    y = select(compare("oeq", x, 0), c(x, Double.NEGATIVE_INFINITY), y);
    Val inf = c(x, Double.POSITIVE_INFINITY);
    return select(compare("oeq", x, Double.POSITIVE_INFINITY), inf, y);
  }

  /** {@code e^x / (e^x + 1)}; within 2.5 ulp. From 40 on it is 1, and e^x would overflow. */
  Val sigmoid(Val x) {
    Val e = expBelow(bounded("olt", x, 40));
    return f("fdiv", e, f("fadd", e, one(x)));
  }

  /** {@code t / (t + 2)}, {@code t = e^2x - 1}; within 2.6 ulp. */
  Val tanh(Val x) {
    Val y = bounded("ogt", bounded("olt", x, TANH_ONE), -TANH_ONE);
    Reduced r = reduce(f("fadd", y, y));
    Val n = i("sub", code.bitcast(r.bits, DType.I32), k(x, 0x4B400000));
    Val s = powerOfTwo(n);
    Val p = fma(f("fmul", r.r, r.r), r.q, r.r);
    Val t = fma(s, p, f("fsub", s, one(x)));
    Val q = f("fdiv", t, f("fadd", t, c(x, 2)));
    // The sum of the reduction loses the sign of zero.
    return code.intrinsic("copysign", q, x);
  }

  /**
   * Within 1.8 ulp, 2.9 without fma. Two polynomials of one degree: their coefficients and operand
   * are selected, so that both parts cost one.
   */
  Val erf(Val x) {
    Val y = bounded("olt", code.intrinsic("fabs", x), ERF_ONE);
    Val small = compare("olt", y, ERF_SMALL);
    Val z = select(small, f("fmul", y, y), y);
    Val p = select(small, c(x, ERF_NEAR_ZERO[0]), c(x, ERF_BEYOND[0]));
    for (int i = 1; i < ERF_BEYOND.length; i++) {
      p = fma(p, z, select(small, c(x, ERF_NEAR_ZERO[i]), c(x, ERF_BEYOND[i])));
    }
    Val p2 = f("fmul", p, p);
    Val p4 = f("fmul", p2, p2);
    Val beyond = f("fsub", one(x), f("fmul", p4, p4));
    return code.intrinsic("copysign", select(small, fma(y, p, y), beyond), x);
  }

  /** The bound where x lies beyond it; NaN stays. */
  private Val bounded(String beyond, Val x, double bound) {
    Val b = c(x, bound);
    Val keep = code.op(DType.BOOL, x.lanes(), "fcmp " + beyond + " " + b + ", " + x.ssa());
    return select(keep, b, x);
  }

  private Val horner(double[] coefficients, Val x) {
    Val p = c(x, coefficients[0]);
    for (int i = 1; i < coefficients.length; i++) {
      p = fma(p, x, c(x, coefficients[i]));
    }
    return p;
  }

  private Val fma(Val a, Val b, Val c) {
    return code.intrinsic("fmuladd", a, b, c);
  }

  private Val f(String op, Val a, Val b) {
    return code.op(DType.F32, a.lanes(), op + " " + a + ", " + b.ssa());
  }

  private Val i(String op, Val a, Val b) {
    return code.op(DType.I32, a.lanes(), op + " " + a + ", " + b.ssa());
  }

  private Val compare(String relation, Val x, double bound) {
    return code.op(DType.BOOL, x.lanes(), "fcmp " + relation + " " + x + ", " + c(x, bound).ssa());
  }

  private Val select(Val c, Val x, Val y) {
    return code.op(x.type(), x.lanes(), "select " + c + ", " + x + ", " + y);
  }

  private Val one(Val like) {
    return c(like, 1);
  }

  private Val c(Val like, double v) {
    return code.splat(code.literal(DType.F32, v), like.lanes());
  }

  private Val k(Val like, long v) {
    return code.splat(code.literal(DType.I32, v), like.lanes());
  }
}
