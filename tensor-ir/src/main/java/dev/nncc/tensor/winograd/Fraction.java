package dev.nncc.tensor.winograd;

/**
 * An exact rational number; the divisor is positive and the fraction in lowest terms.
 *
 * @param n dividend
 * @param d divisor
 */
record Fraction(long n, long d) {
  static final Fraction ZERO = new Fraction(0, 1);
  static final Fraction ONE = new Fraction(1, 1);

  static Fraction of(long n, long d) {
    long g = gcd(Math.abs(n), Math.abs(d));
    long sign = d < 0 ? -1 : 1;
    return new Fraction(sign * n / g, sign * d / g);
  }

  private static long gcd(long a, long b) {
    return b == 0 ? a : gcd(b, a % b);
  }

  Fraction plus(Fraction o) {
    return of(
        Math.addExact(Math.multiplyExact(n, o.d), Math.multiplyExact(o.n, d)),
        Math.multiplyExact(d, o.d));
  }

  Fraction minus(Fraction o) {
    return plus(new Fraction(-o.n, o.d));
  }

  Fraction times(Fraction o) {
    return of(Math.multiplyExact(n, o.n), Math.multiplyExact(d, o.d));
  }

  Fraction over(Fraction o) {
    return times(of(o.d, o.n));
  }

  double value() {
    return (double) n / d;
  }
}
