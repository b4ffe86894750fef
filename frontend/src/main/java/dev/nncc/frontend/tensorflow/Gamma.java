package dev.nncc.frontend.tensorflow;

/** Relatives of the gamma function, to about twelve digits. */
final class Gamma {
  private static final int TERMS = 500;
  private static final double SMALL = 1e-16;
  private static final double TINY = 1e-300;

  /** (2k)! / B(2k). */
  private static final double[] ZETA_SERIES = {
    12.0,
    -720.0,
    30240.0,
    -1209600.0,
    47900160.0,
    -1.8924375803183791606e9,
    7.47242496e10,
    -2.950130727918164224e12
  };

  private Gamma() {}

  /** The logarithm for positive numbers, by Stirling's series behind a shift. */
  static double log(double x) {
    double product = 1;
    double y = x;
    for (; y < 15; y++) {
      product *= y;
    }
    double inverse = 1 / (y * y);
    double series =
        (1 / 12.0 - inverse * (1 / 360.0 - inverse * (1 / 1260.0 - inverse / 1680))) / y;
    return (y - 0.5) * Math.log(y) - y + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product);
  }

  /** The regularised lower incomplete gamma function: its series, or its continued fraction. */
  static double lower(double a, double x) {
    if (!(a > 0) || !(x >= 0)) {
      return Double.NaN;
    }
    if (x == 0) {
      return 0;
    }
    double factor = Math.exp(a * Math.log(x) - x - log(a));
    if (x < a + 1) {
      double term = 1 / a;
      double sum = term;
      for (int k = 1; k < TERMS && term > sum * SMALL; k++) {
        term *= x / (a + k);
        sum += term;
      }
      return sum * factor;
    }
    double b = x + 1 - a;
    double c = 1 / TINY;
    double d = 1 / b;
    double h = d;
    for (int k = 1; k < TERMS; k++) {
      double an = -k * (k - a);
      b += 2;
      d = 1 / nonZero(an * d + b);
      c = nonZero(b + an / c);
      h *= d * c;
      if (Math.abs(d * c - 1) < SMALL) {
        break;
      }
    }
    return 1 - factor * h;
  }

  private static double nonZero(double x) {
    return Math.abs(x) < TINY ? TINY : x;
  }

  /** The regularised incomplete beta function, by its continued fraction. */
  static double beta(double a, double b, double x) {
    if (!(a > 0) || !(b > 0) || !(x >= 0 && x <= 1)) {
      return Double.NaN;
    }
    if (x == 0 || x == 1) {
      return x;
    }
    double logs = log(a + b) - log(a) - log(b) + a * Math.log(x) + b * Math.log1p(-x);
    return x < (a + 1) / (a + b + 2)
        ? Math.exp(logs) * fraction(a, b, x) / a
        : 1 - Math.exp(logs) * fraction(b, a, 1 - x) / b;
  }

  private static double fraction(double a, double b, double x) {
    double c = 1;
    double d = 1 / nonZero(1 - (a + b) * x / (a + 1));
    double h = d;
    for (int m = 1; m < TERMS; m++) {
      double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
      d = 1 / nonZero(1 + even * d);
      c = nonZero(1 + even / c);
      h *= d * c;
      double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
      d = 1 / nonZero(1 + odd * d);
      c = nonZero(1 + odd / c);
      h *= d * c;
      if (Math.abs(d * c - 1) < SMALL) {
        break;
      }
    }
    return h;
  }

  /** Hurwitz's zeta function: some terms, and Euler's and Maclaurin's formula for the rest. */
  static double zeta(double s, double q) {
    if (s == 1) {
      return Double.POSITIVE_INFINITY;
    }
    if (s < 1 || q <= 0 && s != Math.floor(s)) {
      return Double.NaN;
    }
    if (q <= 0 && q == Math.floor(q)) {
      return Double.POSITIVE_INFINITY;
    }
    double sum = 0;
    double at = q;
    for (int k = 0; k < 12 || at < 9; k++) {
      sum += Math.pow(at, -s);
      at++;
    }
    double power = Math.pow(at, -s);
    sum += power * at / (s - 1) + 0.5 * power;
    double factor = s;
    double rest = power / at;
    for (int k = 0; k < ZETA_SERIES.length; k++) {
      sum += factor * rest / ZETA_SERIES[k];
      factor *= (s + 2 * k + 1) * (s + 2 * k + 2);
      rest /= at * at;
    }
    return sum;
  }

  static double polygamma(double n, double x) {
    if (n == 0) {
      double sum = 0;
      double y = x;
      for (; y < 15; y++) {
        sum -= 1 / y;
      }
      double inverse = 1 / (y * y);
      double series = inverse * (1 / 12.0 - inverse * (1 / 120.0 - inverse / 252));
      return sum + Math.log(y) - 0.5 / y - series;
    }
    if (n < 0 || n != Math.floor(n)) {
      return Double.NaN;
    }
    return (n % 2 == 1 ? 1 : -1) * Math.exp(log(n + 1)) * zeta(n + 1, x);
  }
}
