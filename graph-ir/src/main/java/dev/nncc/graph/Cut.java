package dev.nncc.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Cuts a piece out of a graph at named values. */
public final class Cut {
  private Cut() {}

  /**
   * The part of a graph between values.
   *
   * @param inputs names of values that callers will give, first inputs of the piece in this order;
   *     of the graph's own inputs those that are still needed follow. Empty: the graph's inputs
   * @param outputs names of values to compute; empty: the graph's outputs
   * @throws ModelException if there is no value of a name, or an input is not needed for the
   *     outputs; the message names values with names close to it
   */
  public static Graph at(Graph graph, List<String> inputs, List<String> outputs) {
    if (inputs.isEmpty() && outputs.isEmpty()) {
      return graph;
    }
    Map<String, Value> named = named(graph);
    List<Value> ends =
        outputs.isEmpty()
            ? graph.outputs()
            : outputs.stream().map(n -> find(named, n, "--outputs")).toList();
    List<Value> begins = inputs.stream().map(n -> find(named, n, "--inputs")).toList();
    Set<Value> needed = new LinkedHashSet<>(ends);
    List<Node> nodes = new ArrayList<>();
    for (int i = graph.nodes().size() - 1; i >= 0; i--) {
      Node n = graph.nodes().get(i);
      boolean makes = n.results().stream().anyMatch(v -> needed.contains(v));
      if (makes && !begins.containsAll(n.results().stream().filter(needed::contains).toList())) {
        nodes.add(n);
        needed.addAll(n.operands());
      }
    }
    Collections.reverse(nodes);
    for (Value v : begins) {
      ModelException.require(
          needed.contains(v), "--inputs: '%s' is not needed for the outputs", v.name());
      ModelException.require(
          nodes.stream().noneMatch(n -> n.results().contains(v)),
          "--inputs: '%s' is made together with a value that is needed and no input",
          v.name());
    }
    Set<Value> all = new LinkedHashSet<>(begins);
    graph.inputs().stream().filter(v -> inputs.isEmpty() || needed.contains(v)).forEach(all::add);
    List<String> names = outputs.isEmpty() ? graph.outputNames() : outputs;
    return new Graph(graph.name(), List.copyOf(all), nodes, ends, names);
  }

  private static Map<String, Value> named(Graph graph) {
    Map<String, Value> known = new LinkedHashMap<>();
    for (int i = 0; i < graph.outputs().size(); i++) {
      known.putIfAbsent(graph.outputNames().get(i), graph.outputs().get(i));
    }
    graph.nodes().forEach(n -> n.results().forEach(v -> known.putIfAbsent(v.name(), v)));
    graph.inputs().forEach(v -> known.putIfAbsent(v.name(), v));
    known.remove("");
    return known;
  }

  private static Value find(Map<String, Value> named, String name, String option) {
    Value v = named.get(name);
    if (v == null) {
      throw new ModelException(
          option
              + ": the model has no value named '"
              + name
              + "'"
              + NearNames.hint(name, named.keySet(), "there are", named.keySet()));
    }
    return v;
  }
}
