package dev.nncc.graph.bound;

import dev.nncc.graph.Tensor;
import java.util.Arrays;
import java.util.Optional;

/**
 * A tensor as the reference evaluator computes it, and how far each element may be from what
 * another evaluation in the same precision gives.
 *
 * @param error absolute bounds, f64 of the value's shape: 0 where the element is certain, also if
 *     it is a NaN or an infinity; infinite where anything may come out; empty: all are 0
 */
public record Bounded(Tensor value, Optional<Tensor> error) {
  /** A tensor that is what it is. */
  public static Bounded exact(Tensor value) {
    return new Bounded(value, Optional.empty());
  }

  static Bounded of(Tensor value, double[] error) {
    for (double e : error) {
      if (e != 0) {
        return new Bounded(value, Optional.of(Wide.tensor(value.shape(), error)));
      }
    }
    return exact(value);
  }

  /**
   * Every element of what lies behind the first {@code axes} axes off by as much as the worst of
   * it: where an algorithm mixes these, as those with fewer multiplications do, the errors of large
   * elements reach small ones. A value that has no axes behind them stays as it is.
   */
  public Bounded spreadBehind(int axes) {
    if (error.isEmpty() || value.shape().rank() <= axes) {
      return this;
    }
    double[] e = errors();
    long parts = 1;
    for (int d = 0; d < axes; d++) {
      parts *= value.shape().dim(d);
    }
    int part = Math.toIntExact(e.length / parts);
    for (int from = 0; from < e.length; from += part) {
      double most = 0;
      for (int i = from; i < from + part; i++) {
        most = Math.max(most, e[i]);
      }
      Arrays.fill(e, from, from + part, most);
    }
    return of(value, e);
  }

  public boolean isExact() {
    return error.isEmpty();
  }

  /** The bound of each element. */
  public double[] errors() {
    return error.map(Tensor::toDoubles).orElseGet(() -> new double[Wide.size(value)]);
  }

  /** The bounds as a tensor of the value's shape. */
  Tensor errorTensor() {
    return error.orElseGet(() -> Wide.tensor(value.shape(), new double[Wide.size(value)]));
  }
}
