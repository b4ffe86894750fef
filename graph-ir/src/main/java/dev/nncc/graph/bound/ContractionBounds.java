package dev.nncc.graph.bound;

import dev.nncc.graph.Op;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.op.ConvTranspose;
import dev.nncc.graph.op.MatMul;
import java.util.List;

/**
 * Sums of products: with the sizes of all operands the operator gives the size of the terms, with
 * sizes widened by their errors what the errors add.
 */
final class ContractionBounds {
  private ContractionBounds() {}

  static Bounded of(Op op, List<Bounded> operands, Tensor value) {
    boolean exact = operands.stream().allMatch(Bounded::isExact);
    if (exact && !value.dtype().isFloat()) {
      return Bounded.exact(value);
    }
    Tensor[] sizes = new Tensor[operands.size()];
    Tensor[] wider = new Tensor[operands.size()];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = Wide.abs(operands.get(i).value());
      wider[i] = exact ? sizes[i] : Wide.map(sizes[i], operands.get(i).errorTensor(), Double::sum);
    }
    double[] magnitude = Wide.apply(op, sizes).toDoubles();
    double[] carried = new double[magnitude.length];
    if (!exact) {
      double[] more = Wide.apply(op, wider).toDoubles();
      for (int i = 0; i < carried.length; i++) {
        // NaN where infinite errors meet zeros.
        double e = more[i] - magnitude[i];
        carried[i] = Double.isNaN(e) ? Double.POSITIVE_INFINITY : Math.max(0, e);
        magnitude[i] = Math.max(magnitude[i], more[i]);
      }
    }
    return Rounding.add(value, carried, magnitude, terms(op, operands));
  }

  /** Products in one sum, at most. */
  private static double terms(Op op, List<Bounded> operands) {
    Tensor w = operands.get(1).value();
    if (op instanceof MatMul m) {
      Tensor a = operands.get(0).value();
      int rank = a.shape().rank();
      return rank == 1 ? a.elements() : a.shape().dim(m.transposeA() ? rank - 2 : rank - 1);
    }
    double outputs = w.shape().dim(op instanceof ConvTranspose ? 1 : 0);
    return w.elements() / Math.max(1, outputs);
  }
}
