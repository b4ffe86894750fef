package dev.nncc.frontend.onnx;

import dev.nncc.frontend.importing.ImportedNode;
import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.Origin;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One node of an ONNX model while it is imported. */
final class OnnxNode extends ImportedNode {
  private final int opset;
  private final Attrs attrs;
  private final List<String> outputs;
  private final GraphImporter importer;
  private final GraphImporter.Context context;

  OnnxNode(
      GraphImporter importer,
      GraphImporter.Context context,
      Origin origin,
      String op,
      int opset,
      Attrs attrs,
      List<@Nullable Operand> inputs,
      List<String> outputs) {
    super(importer.emitter(), origin, op, inputs);
    this.importer = importer;
    this.context = context;
    this.opset = opset;
    this.attrs = attrs;
    this.outputs = outputs;
  }

  /** The version of the operator set that the node is written in. */
  int opset() {
    return opset;
  }

  Attrs attrs() {
    return attrs;
  }

  GraphImporter importer() {
    return importer;
  }

  GraphImporter.Context context() {
    return context;
  }

  int outputs() {
    return outputs.size();
  }

  boolean wants(int output) {
    return output < outputs.size() && !outputs.get(output).isEmpty();
  }
}
