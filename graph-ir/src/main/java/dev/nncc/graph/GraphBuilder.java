package dev.nncc.graph;

import java.util.ArrayList;
import java.util.List;

/** Builds a graph in topological order; infers the result types of every node. Not thread-safe. */
public final class GraphBuilder {
  private final String name;
  private final List<Value> inputs = new ArrayList<>();
  private final List<Node> nodes = new ArrayList<>();
  private final List<Value> outputs = new ArrayList<>();
  private final List<String> outputNames = new ArrayList<>();
  private int nextId;

  public GraphBuilder(String name) {
    this(name, 0);
  }

  /** Numbers new values from {@code firstId}, for rewriting a graph whose values are kept. */
  public GraphBuilder(String name, int firstId) {
    this.name = name;
    this.nextId = firstId;
  }

  public Value input(String inputName, TensorType type) {
    Value v = new Value(nextId++, inputName, type);
    inputs.add(v);
    return v;
  }

  /** Takes over an input of another graph with its id. */
  public void keepInput(Value input) {
    inputs.add(input);
  }

  /** Takes over a node of another graph with the ids of its results. */
  public void keep(Node node) {
    nodes.add(node);
  }

  public Value constant(Tensor tensor) {
    return constant("", tensor);
  }

  public Value constant(String valueName, Tensor tensor) {
    return add(Origin.NONE, List.of(valueName), new Constant(tensor), List.of()).get(0);
  }

  /** Adds a node with one result. */
  public Value add(Origin origin, Op op, Value... operands) {
    List<Value> results = add(origin, List.of(), op, List.of(operands));
    if (results.size() != 1) {
      throw new IllegalStateException(op.name() + " has " + results.size() + " results");
    }
    return results.get(0);
  }

  /** Adds a node; {@code resultNames} may be shorter than the results. */
  public List<Value> add(Origin origin, List<String> resultNames, Op op, List<Value> operands) {
    List<TensorType> types = op.infer(operands.stream().map(Value::type).toList());
    List<Value> results = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      results.add(
          new Value(nextId++, i < resultNames.size() ? resultNames.get(i) : "", types.get(i)));
    }
    nodes.add(new Node(op, operands, results, origin));
    return results;
  }

  public void output(String outputName, Value v) {
    outputs.add(v);
    outputNames.add(outputName);
  }

  public Graph build() {
    return new Graph(name, inputs, nodes, outputs, outputNames);
  }
}
