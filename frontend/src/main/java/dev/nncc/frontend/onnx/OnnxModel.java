package dev.nncc.frontend.onnx;

import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.importing.ImportResult;
import dev.nncc.frontend.importing.OpenModel;
import dev.nncc.frontend.onnx.proto.AttributeProto;
import dev.nncc.frontend.onnx.proto.GraphProto;
import dev.nncc.frontend.onnx.proto.NodeProto;
import dev.nncc.frontend.onnx.proto.ValueInfoProto;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** An ONNX file that has been read. */
record OnnxModel(ModelFile file) implements OpenModel {
  @Override
  public String name() {
    return file.name();
  }

  @Override
  public List<String> inputNames(ImportOptions options) {
    GraphProto graph = file.proto().getGraph();
    Set<String> initialisers = new LinkedHashSet<>();
    graph.getInitializerList().forEach(t -> initialisers.add(t.getName()));
    graph.getSparseInitializerList().forEach(t -> initialisers.add(t.getValues().getName()));
    return graph.getInputList().stream()
        .map(ValueInfoProto::getName)
        .filter(name -> !initialisers.contains(name))
        .toList();
  }

  @Override
  public Set<String> operators(ImportOptions options) {
    GraphProto graph = file.proto().getGraph();
    if (!options.inputs().isEmpty()) {
      List<String> outputs = OnnxImporter.outputs(graph, options);
      graph = GraphBehind.of(graph, options.inputs(), outputs).orElse(graph);
    }
    Set<String> operators = new TreeSet<>();
    collect(graph, operators);
    return operators;
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

  @Override
  public List<Path> furtherFiles() {
    return file.externalFiles();
  }

  @Override
  public ImportResult translate(ImportOptions options) {
    return OnnxImporter.importModel(file, options);
  }
}
