package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.op.BatchNorm;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.InstanceNorm;
import dev.nncc.graph.op.LayerNorm;
import dev.nncc.graph.op.Lrn;
import dev.nncc.graph.op.ReduceKind;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Normalisation by statistics: given ones (inference) or those of the operand itself. */
final class NormalisationImports {
  private static final double EPSILON = 1e-5f;

  private NormalisationImports() {}

  static void addTo(OperatorTable t) {
    t.add("BatchNormalization", 1, NormalisationImports::batchNorm);
    t.one("InstanceNormalization", 1, NormalisationImports::instanceNorm);
    t.add("LayerNormalization", 17, NormalisationImports::layerNorm);
    t.one("RMSNormalization", 23, NormalisationImports::rmsNorm);
    t.one("GroupNormalization", 18, n -> groupNorm(n, true));
    t.one("GroupNormalization", 21, n -> groupNorm(n, false));
    t.one("MeanVarianceNormalization", 9, NormalisationImports::meanVariance);
    t.one("LpNormalization", 1, NormalisationImports::lpNorm);
    t.one("LRN", 1, NormalisationImports::lrn);
    t.limit("BatchNormalization", "inference only");
    t.limit("LpNormalization", "p 1 or 2");
  }

  private static double epsilon(OnnxNode n) {
    return n.attrs().number("epsilon", EPSILON);
  }

  private static List<Operand> batchNorm(OnnxNode n) {
    boolean training =
        n.opset() < 7 ? !n.attrs().flag("is_test", false) : n.attrs().flag("training_mode", false);
    UnsupportedFeature.when(training, "training is not supported");
    UnsupportedFeature.when(
        n.opset() < 9 && !n.attrs().flag("spatial", true), "spatial=0 is not supported");
    for (int i = 1; i < n.outputs(); i++) {
      UnsupportedFeature.when(n.wants(i), "outputs of training are not supported");
    }
    Operand x = n.in(0);
    List<Operand> operands = new ArrayList<>(List.of(x));
    for (int i = 1; i < 5; i++) {
      operands.add(n.cast(n.in(i), x.dtype()));
    }
    if (x.rank() == 1) {
      // One channel without a batch axis would be rank 2: the axis is put in and taken out again.
      operands.set(0, n.reshape(x, x.dim(0), 1));
      Operand y = n.emitAll(new BatchNorm(epsilon(n)), operands).get(0);
      return List.of(n.reshape(y, x.shape()));
    }
    return n.emitAll(new BatchNorm(epsilon(n)), operands);
  }

  private static Operand instanceNorm(OnnxNode n) {
    return n.emit(new InstanceNorm(epsilon(n)), n.in(0), n.in(1), n.in(2));
  }

  private static List<Integer> from(int axis, int rank) {
    return IntStream.range(axis, rank).boxed().toList();
  }

  private static Operand parameter(OnnxNode n, Operand p, Operand x, int axis) {
    Shape shape = new Shape(x.shape().dims().subList(axis, x.rank()));
    require(p.rank() <= x.rank(), "%s does not fit %s", p.type(), x.type());
    if (p.rank() > shape.rank()) {
      List<Long> extents = new ArrayList<>();
      for (int i = p.rank() - shape.rank(); i < p.rank(); i++) {
        extents.add(p.dim(i));
      }
      UnsupportedFeature.when(
          Shape.of(extents).elements() != p.shape().elements(),
          "parameters that vary over the leading axes are not supported");
      return n.expand(n.reshape(p, Shape.of(extents)), shape);
    }
    return n.expand(p, shape);
  }

  private static List<Operand> layerNorm(OnnxNode n) {
    Operand x = n.in(0);
    int axis = OnnxNode.axis(n.attrs().integer("axis", -1), x.rank());
    double epsilon = epsilon(n);
    Shape normalised = new Shape(x.shape().dims().subList(axis, x.rank()));
    Operand scale = parameter(n, n.in(1), x, axis);
    Operand bias = n.has(2) ? parameter(n, n.in(2), x, axis) : n.filled(x.dtype(), normalised, 0);
    Operand y = n.emit(new LayerNorm(axis, epsilon), x, scale, bias);
    if (!n.wants(1) && !n.wants(2)) {
      return List.of(y);
    }
    List<Integer> axes = from(axis, x.rank());
    DType stash = n.attrs().integer("stash_type", 1) == 1 ? DType.F32 : x.dtype();
    Operand wide = n.cast(x, stash);
    Operand mean = n.reduce(ReduceKind.MEAN, wide, axes, true);
    Operand variance = meanSquare(n, n.apply(ElementwiseKind.SUB, wide, mean), axes);
    Operand shifted = n.apply(ElementwiseKind.ADD, variance, n.number(stash, epsilon));
    Operand deviation = n.apply(ElementwiseKind.SQRT, shifted);
    return List.of(y, mean, n.apply(ElementwiseKind.RECIPROCAL, deviation));
  }

  private static Operand meanSquare(OnnxNode n, Operand x, List<Integer> axes) {
    return n.reduce(ReduceKind.MEAN, n.apply(ElementwiseKind.MUL, x, x), axes, true);
  }

  private static Operand rmsNorm(OnnxNode n) {
    Operand x = n.in(0);
    int axis = OnnxNode.axis(n.attrs().integer("axis", -1), x.rank());
    DType stash = n.attrs().integer("stash_type", 1) == 1 ? DType.F32 : x.dtype();
    Operand wide = n.cast(x, stash);
    Operand square = meanSquare(n, wide, from(axis, x.rank()));
    Operand shifted = n.apply(ElementwiseKind.ADD, square, n.number(stash, epsilon(n)));
    Operand root = n.apply(ElementwiseKind.SQRT, shifted);
    Operand normalised = n.cast(n.apply(ElementwiseKind.DIV, wide, root), x.dtype());
    Operand scale = n.in(1);
    return n.cast(
        n.apply(ElementwiseKind.MUL, n.cast(normalised, scale.dtype()), scale), scale.dtype());
  }

  /** Groups become the channels of an instance normalisation; scale and bias come after it. */
  private static Operand groupNorm(OnnxNode n, boolean parametersByGroup) {
    Operand x = n.in(0);
    long groups = n.attrs().integer("num_groups");
    require(x.rank() >= 2, "%s has no channels", x.type());
    long channels = x.dim(1);
    require(groups > 0 && channels % groups == 0, "%d groups of %d channels", groups, channels);
    long batch = x.dim(0);
    require(batch > 0 && x.shape().elements() > 0, "%s is empty", x.type());
    long rest = x.shape().elements() / (batch * groups);
    Operand grouped = n.reshape(x, batch, groups, rest);
    Operand ones = n.filled(x.dtype(), Shape.of(groups), 1);
    Operand zeros = n.filled(x.dtype(), Shape.of(groups), 0);
    Operand y = n.reshape(n.emit(new InstanceNorm(epsilon(n)), grouped, ones, zeros), x.shape());
    Operand scale = perChannel(n, n.in(1), x, groups, parametersByGroup);
    Operand bias = perChannel(n, n.in(2), x, groups, parametersByGroup);
    return n.apply(ElementwiseKind.ADD, n.apply(ElementwiseKind.MUL, y, scale), bias);
  }

  private static Operand perChannel(
      OnnxNode n, Operand p, Operand x, long groups, boolean byGroup) {
    long channels = x.dim(1);
    Operand all = n.cast(p, x.dtype());
    if (byGroup) {
      require(all.shape().elements() == groups, "%s for %d groups", p.type(), groups);
      Operand column = n.reshape(all, groups, 1);
      all = n.expand(column, Shape.of(groups, channels / groups));
    }
    List<Long> extents = new ArrayList<>(List.of(channels));
    while (extents.size() < x.rank() - 1) {
      extents.add(1L);
    }
    return n.reshape(all, Shape.of(extents));
  }

  private static Operand meanVariance(OnnxNode n) {
    Operand x = n.in(0);
    List<Long> said = n.attrs().has("axes") ? n.attrs().integers("axes") : List.of(0L, 2L, 3L);
    List<Integer> axes = OnnxNode.axes(said, x.rank());
    Operand centred = n.apply(ElementwiseKind.SUB, x, n.reduce(ReduceKind.MEAN, x, axes, true));
    Operand deviation = n.apply(ElementwiseKind.SQRT, meanSquare(n, centred, axes));
    // The operator's own definition adds this, after the root.
    Operand divisor = n.apply(ElementwiseKind.ADD, deviation, n.number(x.dtype(), 1e-9));
    return n.apply(ElementwiseKind.DIV, centred, divisor);
  }

  /** A vector of length 0 stays 0. */
  private static Operand lpNorm(OnnxNode n) {
    Operand x = n.in(0);
    List<Integer> axis = List.of(OnnxNode.axis(n.attrs().integer("axis", -1), x.rank()));
    long p = n.attrs().integer("p", 2);
    UnsupportedFeature.when(p != 1 && p != 2, "p=%d is not supported (supported: 1, 2)", p);
    Operand norm =
        p == 1
            ? n.reduce(ReduceKind.SUM, n.apply(ElementwiseKind.ABS, x), axis, true)
            : n.apply(
                ElementwiseKind.SQRT,
                n.reduce(ReduceKind.SUM, n.apply(ElementwiseKind.MUL, x, x), axis, true));
    Operand zero = n.number(x.dtype(), 0);
    Operand divisor =
        n.apply(
            ElementwiseKind.WHERE,
            n.apply(ElementwiseKind.EQUAL, norm, zero),
            n.number(x.dtype(), 1),
            norm);
    return n.apply(ElementwiseKind.DIV, x, divisor);
  }

  private static Operand lrn(OnnxNode n) {
    long size = n.attrs().integer("size");
    require(size >= 1 && size <= Integer.MAX_VALUE, "size is %d", size);
    double alpha = n.attrs().number("alpha", 1e-4f);
    double beta = n.attrs().number("beta", 0.75);
    return n.emit(new Lrn((int) size, alpha, beta, n.attrs().number("bias", 1)), n.in(0));
  }
}
