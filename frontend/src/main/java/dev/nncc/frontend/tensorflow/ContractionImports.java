package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Einsum;
import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.DType;
import dev.nncc.graph.op.BatchNorm;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ConvTranspose;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Lrn;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.ReduceKind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Convolutions, matrix products and what normalises channels. */
final class ContractionImports {
  private ContractionImports() {}

  static void addTo(Operators t) {
    for (String op : List.of("Conv2D", "Conv3D")) {
      t.one(op, n -> conv(n, n.in(0), n.in(1), Windows.of(n, n.in(0), kernel(n.in(1)))));
    }
    t.one("DepthwiseConv2dNative", ContractionImports::depthwise);
    for (String op :
        List.of("Conv2DBackpropInput", "Conv3DBackpropInput", "Conv3DBackpropInputV2")) {
      t.one(op, ContractionImports::transposed);
    }
    t.one("MatMul", n -> matMul(n, "transpose_a", "transpose_b"));
    for (String op : List.of("BatchMatMul", "BatchMatMulV2", "BatchMatMulV3")) {
      t.one(op, n -> matMul(n, "adj_x", "adj_y"));
    }
    t.one("Einsum", n -> Einsum.of(n, n.attrs().text("equation", "")));
    for (String op : List.of("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")) {
      t.many(op, ContractionImports::batchNorm);
    }
    t.one("LRN", ContractionImports::lrn);
  }

  /** Spatial extents of weights, which come first. */
  static List<Long> kernel(Operand w) {
    require(w.rank() >= 3, "weights are %s", w.type());
    return TensorflowNode.extents(w).subList(0, w.rank() - 2);
  }

  /** The weights as [output, input, kernel..] of [kernel.., input, output]. */
  static Operand weights(TensorflowNode n, Operand w) {
    int r = w.rank();
    List<Integer> perm = new ArrayList<>(List.of(r - 1, r - 2));
    perm.addAll(TensorflowNode.range(0, r - 2));
    return n.transpose(w, perm);
  }

  static Operand conv(TensorflowNode n, Operand x, Operand w, Windows v) {
    int r = w.rank();
    Operand first = n.inFirst(x);
    long channels = first.dim(1);
    require(
        w.dim(r - 2) > 0 && channels % w.dim(r - 2) == 0,
        "weights %s for %d channels",
        w.type(),
        channels);
    int groups = Math.toIntExact(channels / w.dim(r - 2));
    Conv conv = new Conv(v.strides(), v.begin(), v.end(), v.dilations(), Math.max(1, groups));
    return n.outOf(n.emit(conv, first, weights(n, w)));
  }

  /** Weights [kernel.., channels, multiplier]: a group for each channel. */
  private static Operand depthwise(TensorflowNode n) {
    return depthwise(n, n.in(0), n.in(1), Windows.of(n, n.in(0), kernel(n.in(1))));
  }

  static Operand depthwise(TensorflowNode n, Operand x, Operand w, Windows v) {
    long channels = w.dim(2);
    Operand first = n.inFirst(x);
    require(first.dim(1) == channels, "weights %s for %s", w.type(), x.type());
    Operand split =
        n.reshape(n.transpose(w, 2, 3, 0, 1), channels * w.dim(3), 1, w.dim(0), w.dim(1));
    Conv conv = new Conv(v.strides(), v.begin(), v.end(), v.dilations(), Math.toIntExact(channels));
    return n.outOf(n.emit(conv, first, split));
  }

  /** The gradient of a convolution by its input, whose extents the first operand says. */
  private static Operand transposed(TensorflowNode n) {
    Operand w = n.in(1);
    Operand x = n.inFirst(n.in(2));
    int rank = w.rank() - 2;
    require(x.rank() == rank + 2, "weights %s for %s", w.type(), x.type());
    List<Long> sizes =
        n.op().equals("Conv3DBackpropInput")
            ? TensorflowNode.extents(n.in(0))
            : n.knownIntegers(0, "input_sizes");
    if (sizes.size() == rank) {
      sizes = n.channelsLast() ? sizes : sizes.subList(0, rank);
    } else {
      require(sizes.size() == rank + 2, "input_sizes %s", sizes);
      int at = n.channelsLast() ? 1 : 2;
      sizes = sizes.subList(at, at + rank);
    }
    Windows v = Windows.over(n, sizes, kernel(w));
    List<Long> end = new ArrayList<>();
    List<Long> more = new ArrayList<>();
    for (int i = 0; i < rank; i++) {
      long reach =
          v.strides().get(i) * (x.dim(i + 2) - 1) + v.dilations().get(i) * (w.dim(i) - 1) + 1;
      long cut = reach - v.begin().get(i) - sizes.get(i);
      end.add(Math.max(0, cut));
      more.add(Math.max(0, -cut));
    }
    long channels = w.dim(rank);
    require(x.dim(1) == w.dim(rank + 1), "weights %s for %s", w.type(), x.type());
    require(channels > 0, "weights are %s", w.type());
    List<Integer> perm = new ArrayList<>(List.of(rank + 1, rank));
    perm.addAll(TensorflowNode.range(0, rank));
    ConvTranspose conv = new ConvTranspose(v.strides(), v.begin(), end, v.dilations(), more, 1);
    return n.outOf(n.emit(conv, x, n.transpose(w, perm)));
  }

  private static Operand matMul(TensorflowNode n, String left, String right) {
    boolean a = n.attrs().flag(left, false) || n.attrs().flag("adjoint_a", false);
    boolean b = n.attrs().flag(right, false) || n.attrs().flag("adjoint_b", false);
    return n.emit(new MatMul(a, b), n.in(0), n.in(1));
  }

  private static List<Operand> batchNorm(TensorflowNode n) {
    Operand x = n.inFirst(n.in(0));
    double epsilon = n.attrs().number("epsilon", 1e-4f);
    DType wide = n.in(1).dtype();
    Operand mean = n.in(3);
    Operand variance = n.in(4);
    Operand given = variance;
    boolean training = n.attrs().flag("is_training", true);
    if (training) {
      List<Integer> axes = new ArrayList<>(TensorflowNode.range(0, x.rank()));
      axes.remove(1);
      Operand all = n.cast(x, wide);
      mean = n.reduce(ReduceKind.MEAN, all, axes, false);
      List<Long> channel = new ArrayList<>(Collections.nCopies(x.rank() - 1, 1L));
      channel.set(0, x.dim(1));
      Operand off = n.sub(all, n.reshape(mean, dev.nncc.graph.Shape.of(channel)));
      variance = n.reduce(ReduceKind.MEAN, n.mul(off, off), axes, false);
      double count = (double) x.shape().elements() / Math.max(1, x.dim(1));
      given = n.with(ElementwiseKind.MUL, variance, count / Math.max(1, count - 1));
    }
    Operand y = n.emit(new BatchNorm(epsilon), n.cast(x, wide), n.in(1), n.in(2), mean, variance);
    Operand result = n.outOf(n.cast(y, x.dtype()));
    return List.of(
        result, mean, given, mean, variance, n.filled(wide, dev.nncc.graph.Shape.of(0), 0));
  }

  /** Over the last axis; alpha belongs to each square and not to their mean. */
  private static Operand lrn(TensorflowNode n) {
    int size = Math.toIntExact(2 * n.attrs().integer("depth_radius", 5) + 1);
    Lrn lrn =
        new Lrn(
            size,
            n.attrs().number("alpha", 1) * size,
            n.attrs().number("beta", 0.5),
            n.attrs().number("bias", 1));
    return n.toLast(n.emit(lrn, n.toFirst(n.in(0))));
  }
}
