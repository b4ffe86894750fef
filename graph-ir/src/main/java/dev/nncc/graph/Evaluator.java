package dev.nncc.graph;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs a graph node by node through {@link Op#evaluate}: the meaning of a graph. */
public final class Evaluator {
  private Evaluator() {}

  /**
   * The outputs for the inputs, both in the graph's order.
   *
   * @throws ModelException if an input has not the type of the graph's
   */
  public static List<Tensor> evaluate(Graph graph, List<Tensor> inputs) {
    ModelException.require(
        inputs.size() == graph.inputs().size(),
        "%s has %d inputs, not %d",
        graph.name(),
        graph.inputs().size(),
        inputs.size());
    Map<Value, Tensor> known = new LinkedHashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      Value v = graph.inputs().get(i);
      ModelException.require(
          inputs.get(i).type().equals(v.type()),
          "input %s is %s, not %s",
          v,
          v.type(),
          inputs.get(i).type());
      known.put(v, inputs.get(i));
    }
    Map<Value, Integer> left = uses(graph);
    for (Node n : graph.nodes()) {
      List<Tensor> operands = n.operands().stream().map(v -> get(known, v)).toList();
      List<Tensor> results = n.op().evaluate(operands);
      for (int i = 0; i < results.size(); i++) {
        known.put(n.results().get(i), results.get(i));
      }
      for (Value v : n.operands()) {
        if (left.merge(v, -1, Integer::sum) == 0) {
          known.remove(v);
        }
      }
    }
    return graph.outputs().stream().map(v -> get(known, v)).toList();
  }

  /** How often each value is read, an output once more than by nodes. */
  private static Map<Value, Integer> uses(Graph graph) {
    Map<Value, Integer> uses = new LinkedHashMap<>();
    graph.nodes().forEach(n -> n.operands().forEach(v -> uses.merge(v, 1, Integer::sum)));
    graph.outputs().forEach(v -> uses.merge(v, 1, Integer::sum));
    return uses;
  }

  private static Tensor get(Map<Value, Tensor> known, Value v) {
    Tensor t = known.get(v);
    if (t == null) {
      throw new IllegalStateException(v + " is not defined");
    }
    return t;
  }
}
