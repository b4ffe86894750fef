package dev.nncc.frontend.onnx;

import dev.nncc.frontend.onnx.proto.GraphProto;
import dev.nncc.frontend.onnx.proto.NodeProto;
import dev.nncc.frontend.onnx.proto.ValueInfoProto;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The part of a model's graph behind some of its values, which become inputs. */
final class GraphBehind {
  private GraphBehind() {}

  /**
   * The graph without what only these values need. Its inputs are the values in this order and
   * those of the graph's inputs that are still read.
   *
   * @return empty where the model does not declare the type of a value, or outputs need none of it
   */
  static Optional<GraphProto> of(GraphProto graph, List<String> values, List<String> outputs) {
    Map<String, ValueInfoProto> declared = declared(graph);
    if (!declared.keySet().containsAll(values)) {
      return Optional.empty();
    }
    List<NodeProto> nodes =
        NodeOrder.of(graph.getNodeList().stream().map(n -> without(n, values)).toList(), outputs);
    Set<String> read = new LinkedHashSet<>(outputs);
    nodes.forEach(n -> read.addAll(NodeOrder.reads(n)));
    if (!read.containsAll(values)) {
      return Optional.empty();
    }
    List<ValueInfoProto> inputs = new ArrayList<>(values.stream().map(declared::get).toList());
    for (ValueInfoProto in : graph.getInputList()) {
      if (read.contains(in.getName()) && !values.contains(in.getName())) {
        inputs.add(in);
      }
    }
    return Optional.of(
        graph.toBuilder().clearNode().addAllNode(nodes).clearInput().addAllInput(inputs).build());
  }

  /** Values that the model says the element type of. */
  private static Map<String, ValueInfoProto> declared(GraphProto graph) {
    Map<String, ValueInfoProto> all = new LinkedHashMap<>();
    List<ValueInfoProto> infos = new ArrayList<>(graph.getInputList());
    infos.addAll(graph.getValueInfoList());
    infos.addAll(graph.getOutputList());
    for (ValueInfoProto v : infos) {
      if (v.getType().hasTensorType() && v.getType().getTensorType().getElemType() != 0) {
        all.putIfAbsent(v.getName(), v);
      }
    }
    return all;
  }

  /** The node as if it did not make the values. */
  private static NodeProto without(NodeProto n, List<String> values) {
    if (n.getOutputList().stream().noneMatch(values::contains)) {
      return n;
    }
    NodeProto.Builder b = n.toBuilder();
    for (int i = 0; i < n.getOutputCount(); i++) {
      if (values.contains(n.getOutput(i))) {
        b.setOutput(i, "");
      }
    }
    return b.build();
  }
}
