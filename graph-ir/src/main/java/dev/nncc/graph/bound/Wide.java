package dev.nncc.graph.bound;

import dev.nncc.graph.DType;
import dev.nncc.graph.Op;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.Expand;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/** Tensors of f64, in which bounds are computed. */
final class Wide {
  private Wide() {}

  static int size(Tensor t) {
    return Math.toIntExact(t.elements());
  }

  static Tensor tensor(Shape shape, double[] numbers) {
    return Tensor.of(new TensorType(DType.F64, shape), numbers);
  }

  static Tensor of(Tensor t) {
    return t.dtype() == DType.F64 ? t : tensor(t.shape(), t.toDoubles());
  }

  /** A float tensor widened; others as they are, since operators ask for their type. */
  static Tensor ofFloat(Tensor t) {
    return t.dtype().isFloat() ? of(t) : t;
  }

  static Tensor map(Tensor t, DoubleUnaryOperator f) {
    double[] x = t.toDoubles();
    for (int i = 0; i < x.length; i++) {
      x[i] = f.applyAsDouble(x[i]);
    }
    return tensor(t.shape(), x);
  }

  static Tensor abs(Tensor t) {
    return map(t, Math::abs);
  }

  /** Element by element, of equal shapes. */
  static Tensor map(Tensor a, Tensor b, DoubleBinaryOperator f) {
    double[] x = a.toDoubles();
    double[] y = b.toDoubles();
    for (int i = 0; i < x.length; i++) {
      x[i] = f.applyAsDouble(x[i], y[i]);
    }
    return tensor(a.shape(), x);
  }

  static Tensor expand(Tensor t, Shape shape) {
    return t.shape().equals(shape) ? t : apply(new Expand(shape), t);
  }

  /** The first result. */
  static Tensor apply(Op op, Tensor... operands) {
    return op.evaluate(List.of(operands)).get(0);
  }

  /** How far apart two evaluations are: nothing where they are the same special value. */
  static double distance(double a, double b) {
    if (a == b || (Double.isNaN(a) && Double.isNaN(b))) {
      return 0;
    }
    double d = Math.abs(a - b);
    return Double.isNaN(d) ? Double.POSITIVE_INFINITY : d;
  }
}
