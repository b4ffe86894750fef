package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import java.util.ArrayList;
import java.util.List;

/** Activation functions; Clip and Dropout. */
final class ActivationImports {
  /** As printed in the operator's definition; a float, like every attribute. */
  private static final double SELU_ALPHA = 1.67326319217681884765625f;

  private static final double SELU_GAMMA = 1.05070102214813232421875f;

  private ActivationImports() {}

  static void addTo(OperatorTable t) {
    t.one("Relu", 1, n -> n.apply(ElementwiseKind.RELU, n.in(0)));
    t.one("Sigmoid", 1, n -> n.apply(ElementwiseKind.SIGMOID, n.in(0)));
    t.one("Tanh", 1, n -> n.apply(ElementwiseKind.TANH, n.in(0)));
    t.one("Softplus", 1, n -> n.apply(ElementwiseKind.SOFTPLUS, n.in(0)));
    t.one("Softsign", 1, n -> n.apply(ElementwiseKind.SOFTSIGN, n.in(0)));
    t.one("Mish", 18, n -> n.apply(ElementwiseKind.MISH, n.in(0)));
    t.one("HardSwish", 14, n -> n.apply(ElementwiseKind.HARD_SWISH, n.in(0)));
    t.one("LeakyRelu", 1, n -> alpha(n, ElementwiseKind.LEAKY_RELU, 0.01f));
    t.one("Elu", 1, n -> alpha(n, ElementwiseKind.ELU, 1));
    t.one("Celu", 12, n -> alpha(n, ElementwiseKind.CELU, 1));
    t.one("ThresholdedRelu", 10, n -> alpha(n, ElementwiseKind.THRESHOLDED_RELU, 1));
    t.one("Selu", 1, ActivationImports::selu);
    t.one("HardSigmoid", 1, ActivationImports::hardSigmoid);
    t.one("Shrink", 9, ActivationImports::shrink);
    t.one("PRelu", 1, ActivationImports::pRelu);
    t.one("Gelu", 20, ActivationImports::gelu);
    t.one("Swish", 24, ActivationImports::swish);
    t.one("Clip", 1, ActivationImports::clipByAttributes);
    t.one("Clip", 11, ActivationImports::clip);
    t.add("Dropout", 1, ActivationImports::dropout);
    t.add("Dropout", 12, ActivationImports::dropoutWithMode);
    t.limit("Dropout", "inference only");
  }

  private static Operand alpha(OnnxNode n, ElementwiseKind kind, double otherwise) {
    return n.apply(kind, n.attrs().number("alpha", otherwise), n.in(0));
  }

  private static Operand selu(OnnxNode n) {
    // Before version 6 the defaults were rounded to four digits.
    double alpha = n.attrs().number("alpha", n.opset() < 6 ? 1.6732f : SELU_ALPHA);
    double gamma = n.attrs().number("gamma", n.opset() < 6 ? 1.0507f : SELU_GAMMA);
    return n.apply(ElementwiseKind.SELU, alpha, gamma, n.in(0));
  }

  private static Operand hardSigmoid(OnnxNode n) {
    double alpha = n.attrs().number("alpha", 0.2f);
    double beta = n.attrs().number("beta", 0.5);
    return n.apply(ElementwiseKind.HARD_SIGMOID, alpha, beta, n.in(0));
  }

  private static Operand shrink(OnnxNode n) {
    double lambd = n.attrs().number("lambd", 0.5);
    double bias = n.attrs().number("bias", 0);
    return n.apply(ElementwiseKind.SHRINK, lambd, bias, n.in(0));
  }

  private static Operand pRelu(OnnxNode n) {
    Operand x = n.in(0);
    Operand slope = n.in(1);
    if (n.opset() < 7 && slope.rank() == 1 && x.rank() > 2) {
      // One slope a channel, not yet written as a shape that broadcasts.
      List<Long> extents = new ArrayList<>(List.of(slope.dim(0)));
      while (extents.size() < x.rank() - 1) {
        extents.add(1L);
      }
      slope = n.reshape(slope, Shape.of(extents));
    }
    return n.apply(ElementwiseKind.PRELU, x, slope);
  }

  private static Operand gelu(OnnxNode n) {
    String approximate = n.attrs().text("approximate", "none");
    require(
        approximate.equals("none") || approximate.equals("tanh"),
        "approximate is '%s'",
        approximate);
    return n.apply(
        approximate.equals("tanh") ? ElementwiseKind.GELU_TANH : ElementwiseKind.GELU, n.in(0));
  }

  private static Operand swish(OnnxNode n) {
    double alpha = n.attrs().number("alpha", 1);
    Operand x = n.in(0);
    if (alpha == 1) {
      return n.apply(ElementwiseKind.SILU, x);
    }
    return n.apply(ElementwiseKind.SWISH, alpha, x);
  }

  private static Operand clipByAttributes(OnnxNode n) {
    double min = n.attrs().number("min", Double.NEGATIVE_INFINITY);
    double max = n.attrs().number("max", Double.POSITIVE_INFINITY);
    return n.apply(ElementwiseKind.CLIP, min, max, n.in(0));
  }

  private static Operand clip(OnnxNode n) {
    Operand x = n.in(0);
    boolean known =
        x.dtype().isFloat() && (!n.has(1) || n.in(1).isKnown()) && (!n.has(2) || n.in(2).isKnown());
    if (known) {
      double min = n.has(1) ? n.knownNumber(1, "min") : Double.NEGATIVE_INFINITY;
      double max = n.has(2) ? n.knownNumber(2, "max") : Double.POSITIVE_INFINITY;
      return n.emit(Elementwise.of(ElementwiseKind.CLIP, min, max), x);
    }
    // Bounds of integers may not be numbers of a double: they stay operands.
    Operand result = n.has(1) ? n.apply(ElementwiseKind.MAX, x, scalar(n, n.in(1))) : x;
    return n.has(2) ? n.apply(ElementwiseKind.MIN, result, scalar(n, n.in(2))) : result;
  }

  private static Operand scalar(OnnxNode n, Operand bound) {
    return n.reshape(bound, Shape.SCALAR);
  }

  private static List<Operand> dropout(OnnxNode n) {
    // Before version 7 an attribute told inference from training.
    UnsupportedFeature.when(
        n.opset() < 7 && !n.attrs().flag("is_test", false), "training is not supported");
    return withMask(n);
  }

  private static List<Operand> dropoutWithMode(OnnxNode n) {
    if (n.has(2) && n.knownInteger(2, "training_mode") != 0) {
      double ratio = n.has(1) ? n.knownNumber(1, "ratio") : 0.5;
      UnsupportedFeature.when(ratio != 0, "training is not supported");
    }
    return withMask(n);
  }

  /** In inference nothing is dropped; the mask says so, if anybody asks. */
  private static List<Operand> withMask(OnnxNode n) {
    Operand x = n.in(0);
    if (!n.wants(1)) {
      return List.of(x);
    }
    DType type = n.opset() < 10 ? x.dtype() : DType.BOOL;
    return List.of(x, n.constant(Tensor.filled(new TensorType(type, x.shape()), 1)));
  }
}
