package dev.nncc.graph.op;

/** Elementary functions that the JDK lacks, good to a few units in the last place of a double. */
final class SpecialFunctions {
  private static final double LN_2 = 0.6931471805599453;
  private static final double TWO_OVER_SQRT_PI = 1.1283791670955126;

  /** From here on {@code x * x + 1} is {@code x * x} to double precision. */
  private static final double LARGE = 0x1p28;

  /** Where the series of erf has grown long and erfc is small. */
  private static final double ERF_SERIES_END = 3;

  /** erf is 1 to double precision from here on. */
  private static final double ERF_ONE = 6;

  private SpecialFunctions() {}

  static double asinh(double x) {
    double a = Math.abs(x);
    double r = a >= LARGE ? Math.log(a) + LN_2 : Math.log1p(a + a * a / (1 + Math.sqrt(1 + a * a)));
    return Math.copySign(r, x);
  }

  static double acosh(double x) {
    double t = x - 1;
    return x >= LARGE ? Math.log(x) + LN_2 : Math.log1p(t + Math.sqrt(t * (t + 2)));
  }

  static double atanh(double x) {
    double a = Math.abs(x);
    return Math.copySign(0.5 * Math.log1p(2 * a / (1 - a)), x);
  }

  static double erf(double x) {
    double a = Math.abs(x);
    if (a >= ERF_ONE) {
      return Math.copySign(1, x);
    }
    return a < ERF_SERIES_END ? erfSeries(x) : Math.copySign(1 - erfcFraction(a), x);
  }

  /** {@code 2/sqrt(pi) exp(-x^2) sum(2^n x^(2n+1) / (1 3 5 .. (2n+1)))}: no cancellation. */
  private static double erfSeries(double x) {
    double square = 2 * x * x;
    double term = x;
    double sum = x;
    for (int n = 3; Math.abs(term) > 0x1p-55 * Math.abs(sum); n += 2) {
      term *= square / n;
      sum += term;
    }
    return TWO_OVER_SQRT_PI * Math.exp(-x * x) * sum;
  }

  /** Continued fraction of erfc, from its tail; forty steps are more than enough from 3 on. */
  private static double erfcFraction(double a) {
    double f = a;
    for (int n = 40; n >= 1; n--) {
      f = a + n * 0.5 / f;
    }
    return TWO_OVER_SQRT_PI / 2 * Math.exp(-a * a) / f;
  }
}
