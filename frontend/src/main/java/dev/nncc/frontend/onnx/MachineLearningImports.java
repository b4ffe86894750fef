package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Gather;
import java.util.List;

/** Operators of the domain {@code ai.onnx.ml} that are plain arithmetic. */
final class MachineLearningImports {
  private static final String DOMAIN = "ai.onnx.ml";

  private MachineLearningImports() {}

  static void addTo(OperatorTable t) {
    t.add(DOMAIN, "ArrayFeatureExtractor", 1, n -> List.of(extract(n)));
    t.add(DOMAIN, "Scaler", 1, n -> List.of(scale(n)));
    t.add(DOMAIN, "Binarizer", 1, n -> List.of(binarise(n)));
  }

  /** Elements of the last axis; a vector is a row. */
  private static Operand extract(OnnxNode n) {
    Operand x = n.in(0);
    Operand index = n.in(1);
    require(x.rank() >= 1, "%s has no features", x.type());
    Operand flat = n.reshape(index, index.shape().elements());
    Operand rows = x.rank() == 1 ? n.reshape(x, 1, x.dim(0)) : x;
    return n.emit(new Gather(rows.rank() - 1), rows, flat);
  }

  private static Operand floats(OnnxNode n, String name) {
    List<Float> v = n.attrs().numbers(name);
    float[] values = new float[v.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = v.get(i);
    }
    return n.constant(
        Tensor.ofFloats(values.length == 1 ? Shape.SCALAR : Shape.of(values.length), values));
  }

  private static Operand scale(OnnxNode n) {
    Operand x = n.cast(n.in(0), DType.F32);
    if (n.attrs().has("offset")) {
      x = n.apply(ElementwiseKind.SUB, x, floats(n, "offset"));
    }
    return n.attrs().has("scale") ? n.apply(ElementwiseKind.MUL, x, floats(n, "scale")) : x;
  }

  private static Operand binarise(OnnxNode n) {
    Operand x = n.in(0);
    Operand threshold = n.number(x.dtype(), n.attrs().number("threshold", 0));
    return n.cast(n.apply(ElementwiseKind.LESS, threshold, x), x.dtype());
  }
}
