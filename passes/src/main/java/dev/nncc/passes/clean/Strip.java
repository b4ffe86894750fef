package dev.nncc.passes.clean;

import dev.nncc.graph.Graph;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.NearNames;
import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.passes.Pass;
import dev.nncc.passes.PassContext;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Drops nodes that no output needs. With {@code --outputs a,b} the named values, wherever they are
 * in the graph, become the outputs first. Inputs stay: callers count on them.
 */
public record Strip() implements Pass {
  @Override
  public String name() {
    return "strip";
  }

  @Override
  public String description() {
    return "drops what no output needs; --outputs cuts the graph at named values";
  }

  @Override
  public Graph apply(Graph graph, PassContext context) {
    List<String> names = context.options().outputs();
    List<Value> outputs = names.isEmpty() ? graph.outputs() : named(graph, names);
    List<String> outputNames = names.isEmpty() ? graph.outputNames() : names;
    List<Node> needed = needed(graph, outputs);
    boolean same =
        needed.size() == graph.nodes().size()
            && outputs.equals(graph.outputs())
            && outputNames.equals(graph.outputNames());
    return same ? graph : new Graph(graph.name(), graph.inputs(), needed, outputs, outputNames);
  }

  /** Drops nodes that no output needs; for passes that leave such behind. */
  public static Graph dropUnneeded(Graph graph) {
    List<Node> needed = needed(graph, graph.outputs());
    return needed.size() == graph.nodes().size()
        ? graph
        : new Graph(graph.name(), graph.inputs(), needed, graph.outputs(), graph.outputNames());
  }

  private static List<Node> needed(Graph graph, List<Value> outputs) {
    BitSet read = new BitSet();
    outputs.forEach(v -> read.set(v.id()));
    List<Node> needed = new ArrayList<>();
    for (int i = graph.nodes().size() - 1; i >= 0; i--) {
      Node n = graph.nodes().get(i);
      if (n.results().stream().anyMatch(v -> read.get(v.id()))) {
        needed.add(n);
        n.operands().forEach(v -> read.set(v.id()));
      }
    }
    Collections.reverse(needed);
    return needed;
  }

  private static List<Value> named(Graph graph, List<String> names) {
    Map<String, Value> known = new LinkedHashMap<>();
    for (int i = 0; i < graph.outputs().size(); i++) {
      known.putIfAbsent(graph.outputNames().get(i), graph.outputs().get(i));
    }
    graph.nodes().forEach(n -> n.results().forEach(v -> known.putIfAbsent(v.name(), v)));
    graph.inputs().forEach(v -> known.putIfAbsent(v.name(), v));
    List<Value> found = new ArrayList<>();
    for (String name : names) {
      Value v = known.get(name);
      if (v == null || name.isEmpty()) {
        String near = NearNames.hint(name, known.keySet());
        throw new ModelException("--outputs: the model has no value named '" + name + "'" + near);
      }
      found.add(v);
    }
    return found;
  }
}
