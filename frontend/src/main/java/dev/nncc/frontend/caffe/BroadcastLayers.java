package dev.nncc.frontend.caffe;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.caffe.proto.BiasParameter;
import dev.nncc.frontend.caffe.proto.EltwiseParameter;
import dev.nncc.frontend.caffe.proto.ScaleParameter;
import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Shape;
import dev.nncc.graph.op.ElementwiseKind;
import java.util.List;

/** Sums and products of several values, and of a value with parameters along some of its axes. */
final class BroadcastLayers {
  private BroadcastLayers() {}

  static void addTo(LayerTable t) {
    t.one("Eltwise", BroadcastLayers::eltwise);
    t.one("Scale", BroadcastLayers::scale);
    t.one("Bias", BroadcastLayers::bias);
    t.one("Axpy", BroadcastLayers::axpy);
  }

  private static Operand eltwise(CaffeLayer l) {
    EltwiseParameter p = l.proto().getEltwiseParam();
    List<Operand> all = l.all();
    require(all.size() >= 2, "%d bottoms", all.size());
    require(
        p.getCoeffCount() == 0 || p.getCoeffCount() == all.size(),
        "%d of coeff for %d bottoms",
        p.getCoeffCount(),
        all.size());
    ElementwiseKind kind =
        switch (p.getOperation()) {
          case PROD -> ElementwiseKind.MUL;
          case SUM -> ElementwiseKind.ADD;
          case MAX -> ElementwiseKind.MAX;
        };
    require(kind == ElementwiseKind.ADD || p.getCoeffCount() == 0, "coeff is for sums only");
    Operand result = weighted(l, p, 0);
    for (int i = 1; i < all.size(); i++) {
      require(
          all.get(i).shape().equals(all.get(0).shape()),
          "%s and %s differ",
          all.get(0).type(),
          all.get(i).type());
      boolean minus = p.getCoeffCount() > 0 && p.getCoeff(i) == -1;
      result = minus ? l.sub(result, l.in(i)) : l.apply(kind, result, weighted(l, p, i));
    }
    return result;
  }

  private static Operand weighted(CaffeLayer l, EltwiseParameter p, int i) {
    return p.getCoeffCount() == 0 ? l.in(i) : l.affine(l.in(i), p.getCoeff(i), 0);
  }

  private static Operand scale(CaffeLayer l) {
    ScaleParameter p = l.proto().getScaleParam();
    Operand x = l.in(0);
    boolean learned = l.inputs() == 1;
    int axis = axis(l, p.getAxis());
    int axes = axes(l, axis, p.getNumAxes());
    Shape shape = covered(x, axis, axes);
    Operand factor =
        learned ? l.weights(0, shape, p.hasFiller(), p.getFiller()) : fitting(l.in(1), shape);
    Operand y = l.mul(x, l.along(factor, x, axis, axes));
    if (!p.getBiasTerm()) {
      return y;
    }
    Operand bias = l.weights(learned ? 1 : 0, shape, p.hasBiasFiller(), p.getBiasFiller());
    return l.add(y, l.along(bias, x, axis, axes));
  }

  private static Operand bias(CaffeLayer l) {
    BiasParameter p = l.proto().getBiasParam();
    Operand x = l.in(0);
    int axis = axis(l, p.getAxis());
    int axes = axes(l, axis, p.getNumAxes());
    Shape shape = covered(x, axis, axes);
    Operand bias =
        l.inputs() == 1
            ? l.weights(0, shape, p.hasFiller(), p.getFiller())
            : fitting(l.in(1), shape);
    return l.add(x, l.along(bias, x, axis, axes));
  }

  /** A scalar fits wherever the axis is. */
  private static int axis(CaffeLayer l, int axis) {
    boolean scalar = l.inputs() > 1 && l.in(1).rank() == 0;
    return scalar ? 0 : CaffeLayer.axis(axis, l.in(0).rank());
  }

  private static int axes(CaffeLayer l, int axis, int said) {
    int axes = l.inputs() > 1 ? l.in(1).rank() : said == -1 ? l.in(0).rank() - axis : said;
    require(
        axes >= 0 && axis + axes <= l.in(0).rank(),
        "%d axes from axis %d on of %s",
        axes,
        axis,
        l.in(0).type());
    return axes;
  }

  private static Shape covered(Operand x, int axis, int axes) {
    return Shape.of(CaffeLayer.extents(x).subList(axis, axis + axes));
  }

  private static Operand fitting(Operand p, Shape shape) {
    if (!p.shape().equals(shape)) {
      throw new ModelException("the second bottom is " + p.type() + ", not " + shape);
    }
    return p;
  }

  /** {@code a * x + y}, one factor for each channel. */
  private static Operand axpy(CaffeLayer l) {
    Operand x = l.in(1);
    Operand a = l.in(0);
    require(x.rank() >= 2, "%s has no channels", x.type());
    require(
        a.shape().elements() == CaffeLayer.count(x, 0, 2), "factors %s for %s", a.type(), x.type());
    return l.add(l.mul(l.along(a, x, 0, 2), x), l.in(2));
  }
}
