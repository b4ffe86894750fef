package dev.nncc.tensor.index;

/**
 * An interval of integers, both ends included. Ends at or beyond {@link #INFINITE} mean "no bound"
 * and stay so under arithmetic.
 */
public record Range(long lo, long hi) {
  public static final long INFINITE = 1L << 60;
  public static final Range ALL = new Range(-INFINITE, INFINITE);
  public static final Range NON_NEGATIVE = new Range(0, INFINITE);

  public Range {
    lo = Math.max(lo, -INFINITE);
    hi = Math.min(hi, INFINITE);
  }

  /** The values of a loop variable: 0 .. extent-1. */
  public static Range ofExtent(long extent) {
    return new Range(0, extent - 1);
  }

  public boolean isFinite() {
    return lo > -INFINITE && hi < INFINITE;
  }

  public Range plus(Range o) {
    return new Range(
        lo <= -INFINITE || o.lo <= -INFINITE ? -INFINITE : lo + o.lo,
        hi >= INFINITE || o.hi >= INFINITE ? INFINITE : hi + o.hi);
  }

  public Range times(long k) {
    if (k == 0) {
      return new Range(0, 0);
    }
    long a = times(lo, k);
    long b = times(hi, k);
    return new Range(Math.min(a, b), Math.max(a, b));
  }

  private static long times(long end, long k) {
    if (Math.abs(end) >= INFINITE || Math.multiplyHigh(end, k) != end * k >> 63) {
      return (end < 0) == (k < 0) ? INFINITE : -INFINITE;
    }
    return end * k;
  }

  /** Of the floored quotient by a positive divisor. */
  public Range floorDiv(long d) {
    return new Range(
        lo <= -INFINITE ? lo : Math.floorDiv(lo, d), hi >= INFINITE ? hi : Math.floorDiv(hi, d));
  }

  public Range min(Range o) {
    return new Range(Math.min(lo, o.lo), Math.min(hi, o.hi));
  }

  public Range max(Range o) {
    return new Range(Math.max(lo, o.lo), Math.max(hi, o.hi));
  }

  /** The smallest interval containing both. */
  public Range union(Range o) {
    return new Range(Math.min(lo, o.lo), Math.max(hi, o.hi));
  }

  public boolean within(long low, long high) {
    return lo >= low && hi <= high;
  }
}
