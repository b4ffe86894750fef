package dev.nncc.compiler.verify;

import dev.nncc.graph.Compare;
import dev.nncc.graph.Tensor;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Values of two programs, by name in the order in which one computes them.
 *
 * @param compared how many names both have
 * @param largest relative L2 among those that agree
 * @param text the first value that differs, and its worst element
 */
public record FirstDifference(int compared, double largest, Optional<String> text) {
  /**
   * Errors of all that came before add up here, on both sides: a few hundred roundings of 6e-8, ten
   * times that where sums cancel.
   */
  public static final double TOLERANCE = 1e-4;

  /**
   * Compares what both have, and stops at the first difference.
   *
   * @param tolerance the largest relative L2 of a value
   */
  public static FirstDifference of(
      Map<String, Tensor> ours, Map<String, Tensor> theirs, String theirName, double tolerance) {
    int compared = 0;
    double largest = 0;
    for (Map.Entry<String, Tensor> e : ours.entrySet()) {
      Tensor other = theirs.get(e.getKey());
      Tensor own = e.getValue();
      if (other == null || !other.type().equals(own.type())) {
        continue;
      }
      compared++;
      double d = Compare.relativeL2(own, other);
      if (d > tolerance) {
        return new FirstDifference(
            compared,
            largest,
            Optional.of(
                String.format(
                    Locale.ROOT,
                    "value '%s' (%s): relative L2 %.2g from %s; %s",
                    e.getKey(),
                    own.type(),
                    d,
                    theirName,
                    Compare.worst(own, other))));
      }
      largest = Math.max(largest, d);
    }
    return new FirstDifference(compared, largest, Optional.empty());
  }
}
