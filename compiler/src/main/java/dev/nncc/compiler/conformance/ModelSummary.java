package dev.nncc.compiler.conformance;

import com.google.protobuf.CodedInputStream;
import dev.nncc.frontend.onnx.proto.AttributeProto;
import dev.nncc.frontend.onnx.proto.GraphProto;
import dev.nncc.frontend.onnx.proto.ModelProto;
import dev.nncc.frontend.onnx.proto.NodeProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a test needs of a model before anyone knows whether it can be imported.
 *
 * @param inputs names of the inputs that a caller gives
 * @param operators that it uses, sub-graphs included, sorted
 */
record ModelSummary(List<String> inputs, Set<String> operators) {
  /**
   * @throws IOException when it is no ONNX file
   */
  static ModelSummary read(Path model) throws IOException {
    GraphProto graph =
        ModelProto.parseFrom(CodedInputStream.newInstance(Files.readAllBytes(model))).getGraph();
    Set<String> initialisers = new TreeSet<>();
    graph.getInitializerList().forEach(t -> initialisers.add(t.getName()));
    graph.getSparseInitializerList().forEach(t -> initialisers.add(t.getValues().getName()));
    List<String> inputs = new ArrayList<>();
    graph.getInputList().stream()
        .map(i -> i.getName())
        .filter(n -> !initialisers.contains(n))
        .forEach(inputs::add);
    Set<String> operators = new TreeSet<>();
    collect(graph, operators);
    return new ModelSummary(inputs, operators);
  }

  private static void collect(GraphProto graph, Set<String> operators) {
    for (NodeProto node : graph.getNodeList()) {
      String domain = node.getDomain();
      boolean standard = domain.isEmpty() || domain.equals("ai.onnx");
      operators.add(standard ? node.getOpType() : domain + "." + node.getOpType());
      for (AttributeProto a : node.getAttributeList()) {
        if (a.hasG()) {
          collect(a.getG(), operators);
        }
      }
    }
  }
}
