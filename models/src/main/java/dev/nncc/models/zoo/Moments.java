package dev.nncc.models.zoo;

import java.util.function.DoubleUnaryOperator;

/**
 * Estimated mean and mean square of a value's elements, as if they were normal and independent.
 * Rough by design: good enough to keep activations within a small factor of unit size through
 * hundreds of layers.
 */
record Moments(double mean, double meanSquare) {
  static final Moments STANDARD = new Moments(0, 1);

  static Moments of(double mean, double variance) {
    return new Moments(mean, variance + mean * mean);
  }

  double variance() {
    return Math.max(meanSquare - mean * mean, 1e-9);
  }

  double deviation() {
    return Math.sqrt(variance());
  }

  /**
   * Moments of the function's values over a normal variable with these moments, by a sum over +-6
   * deviations.
   */
  Moments map(DoubleUnaryOperator function) {
    int steps = 600;
    double weights = 0;
    double first = 0;
    double second = 0;
    for (int i = 0; i <= steps; i++) {
      double z = -6 + 12.0 * i / steps;
      double weight = StrictMath.exp(-z * z / 2);
      double y = function.applyAsDouble(mean + deviation() * z);
      weights += weight;
      first += weight * y;
      second += weight * y * y;
    }
    return new Moments(first / weights, second / weights);
  }

  /** Sum of independent values. */
  Moments plus(Moments other) {
    return of(mean + other.mean, variance() + other.variance());
  }

  /** Product of independent values. */
  Moments times(Moments other) {
    return new Moments(mean * other.mean, meanSquare * other.meanSquare);
  }

  /**
   * Average of neighbours that are partly alike: the deviation shrinks, not as far as for
   * independent ones.
   */
  Moments averaged(int count) {
    return of(mean, variance() * (0.3 + 0.7 / count));
  }

  /** Largest of {@code count} neighbours that are partly alike. */
  Moments maximum(int count) {
    double shift = count == 1 ? 0 : 0.6 * Math.sqrt(StrictMath.log(count));
    return of(mean + shift * deviation(), variance() * (count == 1 ? 1 : 0.75));
  }
}
