package dev.nncc.graph;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An immutable data-flow graph: inputs, topologically ordered nodes, outputs. Every value is a
 * graph input or the result of exactly one node; an output may be any value, also an input or the
 * same value twice. Sub-graphs of regions are closed: what they use of the outside comes in through
 * their inputs.
 */
public final class Graph {
  private final String name;
  private final List<Value> inputs;
  private final List<Node> nodes;
  private final List<Value> outputs;
  private final List<String> outputNames;
  private final Map<Value, Node> producers;
  private final Map<Value, List<Node>> uses;

  /**
   * @param outputNames what callers know the outputs as, one for each output
   * @throws IllegalStateException if a value is used before it is defined or defined twice
   */
  public Graph(
      String name,
      List<Value> inputs,
      List<Node> nodes,
      List<Value> outputs,
      List<String> outputNames) {
    this.name = name;
    this.inputs = List.copyOf(inputs);
    this.nodes = List.copyOf(nodes);
    this.outputs = List.copyOf(outputs);
    this.outputNames = List.copyOf(outputNames);
    if (outputs.size() != outputNames.size()) {
      throw new IllegalStateException("one name for each output");
    }
    producers = new LinkedHashMap<>();
    uses = new LinkedHashMap<>();
    this.inputs.forEach(this::define);
    for (Node n : this.nodes) {
      for (Value v : n.operands()) {
        List<Node> of = uses.get(v);
        if (of == null) {
          throw new IllegalStateException(n.op().name() + " uses " + v + " before it is defined");
        }
        of.add(n);
      }
      for (Value v : n.results()) {
        define(v);
        producers.put(v, n);
      }
    }
    for (Value v : this.outputs) {
      if (!uses.containsKey(v)) {
        throw new IllegalStateException("output " + v + " is not defined");
      }
    }
  }

  private void define(Value v) {
    if (uses.put(v, new ArrayList<>(2)) != null) {
      throw new IllegalStateException(v + " is defined twice");
    }
  }

  public String name() {
    return name;
  }

  public List<Value> inputs() {
    return inputs;
  }

  public List<Node> nodes() {
    return nodes;
  }

  public List<Value> outputs() {
    return outputs;
  }

  public List<String> outputNames() {
    return outputNames;
  }

  /** The node that makes a value; empty for graph inputs. */
  public Optional<Node> producer(Value v) {
    return Optional.ofNullable(producers.get(v));
  }

  /** The nodes that read a value, in order, one entry for each operand position. */
  public List<Node> uses(Value v) {
    return java.util.Collections.unmodifiableList(uses.getOrDefault(v, List.of()));
  }

  public boolean isOutput(Value v) {
    return outputs.contains(v);
  }

  /** Whether exactly one operand position reads the value and it is no graph output. */
  public boolean hasOneUse(Value v) {
    return uses(v).size() == 1 && !isOutput(v);
  }

  /** The tensor of a value made by a {@link Constant}. */
  public Optional<Tensor> constant(Value v) {
    Node n = producers.get(v);
    return n != null && n.op() instanceof Constant c ? Optional.of(c.tensor()) : Optional.empty();
  }

  /** The smallest number above all value ids. */
  public int nextId() {
    int max = -1;
    for (Value v : uses.keySet()) {
      max = Math.max(max, v.id());
    }
    return max + 1;
  }
}
