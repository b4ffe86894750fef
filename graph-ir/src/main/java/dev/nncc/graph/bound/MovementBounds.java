package dev.nncc.graph.bound;

import dev.nncc.graph.Op;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.op.Pad;
import dev.nncc.graph.op.Resize;
import dev.nncc.graph.op.ResizeMode;
import java.util.Arrays;
import java.util.List;

/** Errors move with the elements; only resizing computes. */
final class MovementBounds {
  private MovementBounds() {}

  static Bounded of(Op op, List<Bounded> operands, Tensor value) {
    if (op instanceof Resize r && r.mode() != ResizeMode.NEAREST) {
      return resize(r, operands.get(0), value);
    }
    if (operands.stream().allMatch(Bounded::isExact)) {
      return Bounded.exact(value);
    }
    Op certain = op instanceof Pad p ? new Pad(p.before(), p.after(), p.mode(), 0) : op;
    Tensor[] errors = operands.stream().map(Bounded::errorTensor).toArray(Tensor[]::new);
    return Bounded.of(value, Wide.apply(certain, errors).toDoubles());
  }

  /**
   * Weights along an axis sum to 1; those of a cubic kernel have signs and at most twice the size.
   */
  private static Bounded resize(Resize r, Bounded x, Tensor value) {
    double size = 1;
    for (int i = 0; i < r.sizes().size(); i++) {
      boolean changes = r.sizes().get(i) != x.value().shape().dim(i);
      size *= changes && r.mode() == ResizeMode.CUBIC ? 2 + Math.abs(r.cubicA()) * 2 : 1;
    }
    double error = size * Arrays.stream(x.errors()).max().orElse(0);
    double largest = size * Arrays.stream(x.value().toDoubles()).map(Math::abs).max().orElse(0);
    double[] carried = new double[Wide.size(value)];
    Arrays.fill(carried, error);
    if (!value.dtype().isFloat()) {
      // The sums behind are rounded before they are truncated.
      Arrays.fill(carried, error + 1e-6 * largest);
    }
    double[] magnitude = new double[carried.length];
    Arrays.fill(magnitude, largest);
    return Rounding.add(value, carried, magnitude, 16 * r.sizes().size());
  }
}
