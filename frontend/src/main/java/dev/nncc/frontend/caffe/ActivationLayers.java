package dev.nncc.frontend.caffe;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.caffe.proto.ExpParameter;
import dev.nncc.frontend.caffe.proto.LogParameter;
import dev.nncc.frontend.caffe.proto.PowerParameter;
import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.op.ElementwiseKind;

/** Functions of one element. */
final class ActivationLayers {
  private ActivationLayers() {}

  static void addTo(LayerTable t) {
    t.one("ReLU", ActivationLayers::relu);
    t.one("ReLU6", l -> l.apply(ElementwiseKind.CLIP, 0, relu6(l), l.in(0)));
    t.one("PReLU", ActivationLayers::prelu);
    t.one("ELU", l -> l.apply(ElementwiseKind.ELU, l.proto().getEluParam().getAlpha(), l.in(0)));
    t.one("Sigmoid", l -> l.apply(ElementwiseKind.SIGMOID, l.in(0)));
    t.one("TanH", l -> l.apply(ElementwiseKind.TANH, l.in(0)));
    t.one("AbsVal", l -> l.apply(ElementwiseKind.ABS, l.in(0)));
    t.one("BNLL", l -> l.apply(ElementwiseKind.SOFTPLUS, l.in(0)));
    t.one("Mish", l -> l.apply(ElementwiseKind.MISH, l.in(0)));
    t.one("Swish", ActivationLayers::swish);
    t.one("Clip", ActivationLayers::clip);
    t.one("Power", ActivationLayers::power);
    t.one("Exp", ActivationLayers::exp);
    t.one("Log", ActivationLayers::log);
    t.one("Threshold", ActivationLayers::threshold);
    t.one("Dropout", ActivationLayers::dropout);
  }

  private static Operand relu(CaffeLayer l) {
    float slope = l.proto().getReluParam().getNegativeSlope();
    return slope == 0
        ? l.apply(ElementwiseKind.RELU, l.in(0))
        : l.apply(ElementwiseKind.LEAKY_RELU, slope, l.in(0));
  }

  private static double relu6(CaffeLayer l) {
    return l.proto().getRelu6Param().getThreshold();
  }

  private static Operand prelu(CaffeLayer l) {
    Operand x = l.in(0);
    require(x.rank() >= 2, "%s has no channels", x.type());
    var p = l.proto().getPreluParam();
    boolean shared = p.getChannelShared();
    Operand slope = l.weights(0, Shape.of(shared ? 1 : x.dim(1)), p.hasFiller(), p.getFiller());
    return l.apply(ElementwiseKind.PRELU, x, shared ? slope : l.along(slope, x, 1, 1));
  }

  private static Operand swish(CaffeLayer l) {
    Operand x = l.in(0);
    double beta = l.proto().getSwishParam().getBeta();
    return beta == 1
        ? l.apply(ElementwiseKind.SILU, x)
        : l.mul(x, l.apply(ElementwiseKind.SIGMOID, l.affine(x, beta, 0)));
  }

  private static Operand clip(CaffeLayer l) {
    var p = l.proto().getClipParam();
    require(p.hasMin() && p.hasMax(), "min and max are needed");
    return l.apply(ElementwiseKind.CLIP, p.getMin(), p.getMax(), l.in(0));
  }

  /** {@code (shift + scale * x) ^ power}. */
  private static Operand power(CaffeLayer l) {
    PowerParameter p = l.proto().getPowerParam();
    Operand x = l.affine(l.in(0), p.getScale(), p.getShift());
    if (p.getPower() == 1) {
      return x;
    }
    if (p.getPower() == 0) {
      return l.filled(DType.F32, x.shape(), 1);
    }
    return p.getPower() == 2
        ? l.mul(x, x)
        : l.apply(ElementwiseKind.POW, x, l.number(DType.F32, p.getPower()));
  }

  private static double logarithm(float base) {
    require(base == -1 || base > 0, "base is %s", base);
    return base == -1 ? 1 : Math.log(base);
  }

  /** {@code base ^ (shift + scale * x)}. */
  private static Operand exp(CaffeLayer l) {
    ExpParameter p = l.proto().getExpParam();
    double ln = logarithm(p.getBase());
    return l.apply(ElementwiseKind.EXP, l.affine(l.in(0), p.getScale() * ln, p.getShift() * ln));
  }

  /** The logarithm of {@code shift + scale * x}. */
  private static Operand log(CaffeLayer l) {
    LogParameter p = l.proto().getLogParam();
    Operand ln = l.apply(ElementwiseKind.LOG, l.affine(l.in(0), p.getScale(), p.getShift()));
    return l.affine(ln, 1 / logarithm(p.getBase()), 0);
  }

  private static Operand threshold(CaffeLayer l) {
    Operand at = l.number(DType.F32, l.proto().getThresholdParam().getThreshold());
    return l.cast(l.apply(ElementwiseKind.LESS, at, l.in(0)), DType.F32);
  }

  /** In some forks a network may be trained without scaling; then inference scales. */
  private static Operand dropout(CaffeLayer l) {
    var p = l.proto().getDropoutParam();
    return p.getScaleTrain() ? l.in(0) : l.affine(l.in(0), 1 - (double) p.getDropoutRatio(), 0);
  }
}
