package dev.nncc.graph.bound;

import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.BatchNorm;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.InstanceNorm;
import dev.nncc.graph.op.LayerNorm;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.RmsNorm;
import java.util.List;

/** Normalisations as the operators they are made of. */
final class NormBounds {
  private NormBounds() {}

  static Bounded batch(BatchNorm op, List<Bounded> operands, Tensor value) {
    int rank = value.shape().rank();
    Bounded x = operands.get(0);
    Bounded scale = channels(operands.get(1), rank);
    Bounded bias = channels(operands.get(2), rank);
    Bounded mean = channels(operands.get(3), rank);
    Bounded variance = channels(operands.get(4), rank);
    Bounded factor = binary(ElementwiseKind.DIV, scale, deviation(variance, op.epsilon()));
    Bounded y = binary(ElementwiseKind.MUL, binary(ElementwiseKind.SUB, x, mean), factor);
    // Also as one multiplication and one addition, which round products with x and the mean.
    double[] magnitude = size(factor, value.shape());
    double[] in = size(x, value.shape());
    double[] m = size(mean, value.shape());
    double[] b = size(bias, value.shape());
    for (int i = 0; i < magnitude.length; i++) {
      magnitude[i] = magnitude[i] * (in[i] + m[i]) + b[i];
    }
    return like(value, binary(ElementwiseKind.ADD, y, bias), magnitude);
  }

  static Bounded layer(LayerNorm op, List<Bounded> operands, Tensor value) {
    List<Integer> axes = Lines.from(op.axis(), value.shape().rank());
    return normalised(axes, op.epsilon(), operands, operands.get(1), operands.get(2), value);
  }

  static Bounded rootMeanSquare(RmsNorm op, List<Bounded> operands, Tensor value) {
    Bounded x = operands.get(0);
    List<Integer> axes = Lines.from(op.axis(), value.shape().rank());
    Bounded squares = binary(ElementwiseKind.MUL, x, x);
    Bounded mean = apply(new Reduce(ReduceKind.MEAN, axes, true), squares);
    Elementwise bound = Elementwise.of(ElementwiseKind.CLIP, op.floor(), Double.POSITIVE_INFINITY);
    Bounded length = deviation(op.floor() > 0 ? apply(bound, mean) : mean, op.epsilon());
    Bounded y = binary(ElementwiseKind.DIV, x, length);
    Bounded all = binary(ElementwiseKind.MUL, y, operands.get(1));
    return like(value, all, size(all, value.shape()));
  }

  static Bounded instance(InstanceNorm op, List<Bounded> operands, Tensor value) {
    int rank = value.shape().rank();
    return normalised(
        Lines.from(2, rank),
        op.epsilon(),
        operands,
        channels(operands.get(1), rank),
        channels(operands.get(2), rank),
        value);
  }

  private static Bounded normalised(
      List<Integer> axes,
      double epsilon,
      List<Bounded> operands,
      Bounded scale,
      Bounded bias,
      Tensor value) {
    Bounded x = operands.get(0);
    Reduce mean = new Reduce(ReduceKind.MEAN, axes, true);
    Bounded centred = binary(ElementwiseKind.SUB, x, apply(mean, x));
    Bounded variance = apply(mean, binary(ElementwiseKind.MUL, centred, centred));
    Bounded y = binary(ElementwiseKind.DIV, centred, deviation(variance, epsilon));
    Bounded all = binary(ElementwiseKind.ADD, binary(ElementwiseKind.MUL, y, scale), bias);
    return like(value, all, size(all, value.shape()));
  }

  private static Bounded deviation(Bounded variance, double epsilon) {
    Tensor e = Tensor.filled(new TensorType(variance.value().dtype(), Shape.SCALAR), epsilon);
    Bounded sum = binary(ElementwiseKind.ADD, variance, Bounded.exact(e));
    return apply(Elementwise.of(ElementwiseKind.SQRT), sum);
  }

  /** Of {@code [C]} as {@code [1, C, 1, ..]}. */
  private static Bounded channels(Bounded b, int rank) {
    long[] extents = new long[rank];
    java.util.Arrays.fill(extents, 1);
    extents[1] = b.value().elements();
    return apply(new Reshape(Shape.of(extents)), b);
  }

  private static Bounded binary(ElementwiseKind kind, Bounded a, Bounded b) {
    return ErrorBounds.apply(Elementwise.of(kind), List.of(a, b)).get(0);
  }

  private static Bounded apply(dev.nncc.graph.Op op, Bounded x) {
    return ErrorBounds.apply(op, List.of(x)).get(0);
  }

  private static double[] size(Bounded b, Shape shape) {
    return Wide.expand(Wide.abs(b.value()), shape).toDoubles();
  }

  /** The composition's errors for the operator's own value. */
  private static Bounded like(Tensor value, Bounded composed, double[] magnitude) {
    double[] e = composed.errors();
    double[] a = composed.value().toDoubles();
    double[] v = value.toDoubles();
    for (int i = 0; i < e.length; i++) {
      boolean special = !Double.isFinite(a[i]) || !Double.isFinite(v[i]);
      e[i] = special ? Double.POSITIVE_INFINITY : e[i];
    }
    return Rounding.add(value, e, magnitude, 0);
  }
}
