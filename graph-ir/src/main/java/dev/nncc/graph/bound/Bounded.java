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
   * Every element of a plane (all axes behind the second) off by as much as the worst of it: where
   * an algorithm mixes what lies near, as minimal filtering does, the errors of large neighbours
   * reach small elements.
   */
  public Bounded spreadOverPlanes() {
    if (error.isEmpty() || value.shape().rank() < 3) {
      return this;
    }
    double[] e = errors();
    int plane = Math.toIntExact(e.length / (value.shape().dim(0) * value.shape().dim(1)));
    for (int from = 0; from < e.length; from += plane) {
      double most = 0;
      for (int i = from; i < from + plane; i++) {
        most = Math.max(most, e[i]);
      }
      Arrays.fill(e, from, from + plane, most);
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
