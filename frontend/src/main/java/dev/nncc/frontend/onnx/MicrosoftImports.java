package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.graph.DType;
import dev.nncc.graph.Op;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.Softmax;
import java.util.ArrayList;
import java.util.List;

/** Operators that ONNX Runtime's tools write into models, beyond the standard. */
final class MicrosoftImports {
  private static final String DOMAIN = "com.microsoft";

  private MicrosoftImports() {}

  static void addTo(OperatorTable t) {
    one(t, "Gelu", n -> n.apply(ElementwiseKind.GELU, n.in(0)));
    one(t, "QuickGelu", MicrosoftImports::quickGelu);
    one(t, "BiasGelu", n -> n.apply(ElementwiseKind.GELU, sum(n)));
    one(t, "FastGelu", n -> n.apply(ElementwiseKind.GELU_TANH, n.has(1) ? sum(n) : n.in(0)));
    one(t, "FusedMatMul", MicrosoftImports::fusedMatMul);
    one(t, "QLinearAdd", n -> quantisedBinary(n, ElementwiseKind.ADD));
    one(t, "QLinearMul", n -> quantisedBinary(n, ElementwiseKind.MUL));
    one(t, "QLinearSigmoid", n -> quantisedUnary(n, Elementwise.of(ElementwiseKind.SIGMOID)));
    one(t, "QLinearLeakyRelu", MicrosoftImports::quantisedLeakyRelu);
    one(t, "QLinearSoftmax", MicrosoftImports::quantisedSoftmax);
    one(t, "QLinearAveragePool", MicrosoftImports::quantisedAveragePool);
    one(t, "QLinearGlobalAveragePool", MicrosoftImports::quantisedGlobalAveragePool);
    one(t, "QLinearConcat", MicrosoftImports::quantisedConcat);
    t.limit(DOMAIN, "FusedMatMul", "no transposed batches");
  }

  private static void one(OperatorTable t, String name, NodeImporter.Single importer) {
    t.add(DOMAIN, name, 1, n -> List.of(importer.importNode(n)));
  }

  private static Operand sum(OnnxNode n) {
    return n.apply(ElementwiseKind.ADD, n.in(0), n.in(1));
  }

  private static Operand quickGelu(OnnxNode n) {
    return n.apply(ElementwiseKind.SWISH, n.attrs().number("alpha", 1.702f), n.in(0));
  }

  private static Operand fusedMatMul(OnnxNode n) {
    UnsupportedFeature.when(
        n.attrs().flag("transBatchA", false) || n.attrs().flag("transBatchB", false),
        "transposed batches are not supported");
    require(n.in(0).rank() >= 2 && n.in(1).rank() >= 2, "operands of rank below 2");
    Op product = new MatMul(n.attrs().flag("transA", false), n.attrs().flag("transB", false));
    Operand y = n.emit(product, n.in(0), n.in(1));
    double alpha = n.attrs().number("alpha", 1);
    return alpha == 1 ? y : n.apply(ElementwiseKind.MUL, y, n.number(y.dtype(), alpha));
  }

  /** {@code (x - zero) * scale} of three operands in a row; an absent zero point is 0. */
  private static Operand dequantised(OnnxNode n, int x, int scale, int zero) {
    Operand v = n.cast(n.in(x), DType.I32);
    if (n.has(zero)) {
      Operand z = n.cast(QuantisationImports.scalar(n, n.in(zero)), DType.I32);
      v = n.apply(ElementwiseKind.SUB, v, z);
    }
    Operand s = QuantisationImports.scalar(n, n.in(scale));
    return n.apply(ElementwiseKind.MUL, n.cast(v, DType.F32), s);
  }

  private static Operand quantised(OnnxNode n, Operand y, int scale, int zero) {
    DType type = n.has(zero) ? n.in(zero).dtype() : n.in(0).dtype();
    Operand z = n.has(zero) ? QuantisationImports.scalar(n, n.in(zero)) : n.number(type, 0);
    Operand s = QuantisationImports.scalar(n, n.in(scale));
    return QuantisationImports.quantise(n, y, s, z, type);
  }

  private static Operand quantisedBinary(OnnxNode n, ElementwiseKind kind) {
    Operand a = dequantised(n, 0, 1, 2);
    Operand b = dequantised(n, 3, 4, 5);
    return quantised(n, n.apply(kind, a, b), 6, 7);
  }

  private static Operand quantisedUnary(OnnxNode n, Op op) {
    return quantised(n, n.emit(op, dequantised(n, 0, 1, 2)), 3, 4);
  }

  private static Operand quantisedLeakyRelu(OnnxNode n) {
    double alpha = n.attrs().number("alpha", 0.01f);
    return quantisedUnary(n, Elementwise.of(ElementwiseKind.LEAKY_RELU, alpha));
  }

  private static Operand quantisedSoftmax(OnnxNode n) {
    Operand x = n.in(0);
    int axis = OnnxNode.axis(n.attrs().integer("axis", -1), x.rank());
    long inner = 1;
    for (int i = axis + 1; i < x.rank(); i++) {
      inner = Math.multiplyExact(inner, x.dim(i));
    }
    UnsupportedFeature.when(
        n.attrs().integer("opset", 13) < 13 && inner != 1,
        "softmax over several axes is not supported");
    return quantisedUnary(n, new Softmax(axis));
  }

  private static void refuseChannelsLast(OnnxNode n) {
    UnsupportedFeature.when(
        n.attrs().flag("channels_last", false), "channels_last=1 is not supported");
  }

  private static Operand quantisedAveragePool(OnnxNode n) {
    refuseChannelsLast(n);
    return quantised(n, PoolingImports.averagePool(n, dequantised(n, 0, 1, 2)), 3, 4);
  }

  private static Operand quantisedGlobalAveragePool(OnnxNode n) {
    refuseChannelsLast(n);
    Operand mean = PoolingImports.global(n, ReduceKind.MEAN, dequantised(n, 0, 1, 2));
    return quantised(n, mean, 3, 4);
  }

  private static Operand quantisedConcat(OnnxNode n) {
    require(n.inputs() >= 5 && n.inputs() % 3 == 2, "%d inputs", n.inputs());
    List<Operand> parts = new ArrayList<>();
    for (int i = 2; i < n.inputs(); i += 3) {
      parts.add(dequantised(n, i, i + 1, i + 2));
    }
    int axis = OnnxNode.axis(n.attrs().integer("axis"), parts.get(0).rank());
    return quantised(n, n.emitAll(new Concat(axis), parts).get(0), 0, 1);
  }
}
