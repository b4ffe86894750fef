package dev.nncc.passes.recurrent;

import dev.nncc.graph.Graph;
import dev.nncc.graph.GraphBuilder;
import dev.nncc.graph.Node;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Slice;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Steps that follow each other with the same weights.
 *
 * @param hidden state in front of the first step, [B,H]; null for zeros
 * @param before as {@link Cell#before()} of the first step
 * @param inputs of each step
 */
record Chain(
    Layer layer, @Nullable Rows hidden, Rows before, List<Cell> cells, List<List<Rows>> inputs) {

  static Chain from(Layer layer, @Nullable Rows hidden, Rows before) {
    return new Chain(layer, hidden, before, new ArrayList<>(), new ArrayList<>());
  }

  void add(Cell cell, List<Rows> reads) {
    cells.add(cell);
    inputs.add(reads);
  }

  /** Whether its last step is the one in front of this; another may have followed already. */
  boolean goesOnWith(Cell cell) {
    return Rows.all(last().next()).equals(cell.before());
  }

  Cell last() {
    return cells.get(cells.size() - 1);
  }

  /** The graph with one operator; empty if a step reads what a later node makes of a state. */
  Optional<Graph> raised(Graph g) {
    Set<Value> made = new LinkedHashSet<>();
    cells.forEach(c -> made.add(c.out()));
    made.add(last().next());
    Set<Value> behind = dependents(g, made);
    for (List<Rows> reads : inputs) {
      if (reads.stream().map(Rows::of).anyMatch(behind::contains)) {
        return Optional.empty();
      }
    }
    GraphBuilder b = new GraphBuilder(g.name(), g.nextId());
    g.inputs().forEach(b::keepInput);
    List<Node> later = new ArrayList<>();
    for (Node n : g.nodes()) {
      if (n.results().stream().noneMatch(made::contains)) {
        if (n.operands().stream().anyMatch(behind::contains)) {
          later.add(n);
        } else {
          b.keep(n);
        }
      }
    }
    emit(g, b);
    later.forEach(b::keep);
    for (int i = 0; i < g.outputs().size(); i++) {
      b.output(g.outputNames().get(i), g.outputs().get(i));
    }
    return Optional.of(b.build());
  }

  /** These values and all that is computed from them. */
  private static Set<Value> dependents(Graph g, Set<Value> values) {
    Set<Value> all = new LinkedHashSet<>(values);
    for (Node n : g.nodes()) {
      if (n.operands().stream().anyMatch(all::contains)) {
        all.addAll(n.results());
      }
    }
    return all;
  }

  private void emit(Graph g, GraphBuilder b) {
    Origin origin = g.producer(last().out()).map(Node::origin).orElse(Origin.NONE);
    TensorType out = last().out().type();
    long batch = out.dim(0);
    Shape state = Shape.of(1, batch, layer.hidden());
    List<Value> operands = new ArrayList<>();
    operands.add(joined(b, origin));
    operands.add(b.constant(layer.inputWeights(g, out.dtype())));
    operands.add(b.constant(layer.stateWeights(g, out.dtype())));
    operands.add(b.constant(layer.bias(g, out.dtype())));
    operands.add(
        hidden == null
            ? b.constant(Tensor.filled(new TensorType(out.dtype(), state), 0))
            : hidden.as(state, b, origin));
    List<String> names = new ArrayList<>(List.of("", ""));
    if (layer.lstm()) {
      operands.add(before.as(state, b, origin));
      names.add("");
    }
    List<Value> results = b.add(origin, names, layer.operator(), operands);
    Shape all = Shape.of(cells.size(), batch, layer.hidden());
    Value y = b.add(origin, new Reshape(all), results.get(0));
    for (int t = 0; t < cells.size(); t++) {
      List<Long> sizes = List.of(1L, batch, layer.hidden());
      Slice at = new Slice(List.of((long) t, 0L, 0L), sizes, List.of(1L, 1L, 1L));
      Value step = b.add(origin, at, y);
      b.keep(
          new Node(new Reshape(out.shape()), List.of(step), List.of(cells.get(t).out()), origin));
    }
    if (layer.lstm()) {
      List<Value> cell = List.of(results.get(2));
      b.keep(new Node(new Reshape(out.shape()), cell, List.of(last().next()), origin));
    }
  }

  /** The inputs of all steps, [T,B,I]. */
  private Value joined(GraphBuilder b, Origin origin) {
    if (inputs.stream().allMatch(reads -> reads.size() == 1)) {
      List<Rows> steps = inputs.stream().map(reads -> reads.get(0)).toList();
      Optional<Value> together = Rows.together(steps, b, origin);
      if (together.isPresent()) {
        return together.get();
      }
    }
    List<Value> steps = new ArrayList<>();
    for (List<Rows> reads : inputs) {
      List<Value> vectors = new ArrayList<>();
      reads.forEach(r -> vectors.add(r.as(Shape.of(1, r.count(), Rows.last(r.of())), b, origin)));
      steps.add(b.add(origin, List.of(""), new Concat(2), vectors).get(0));
    }
    return b.add(origin, List.of(""), new Concat(0), steps).get(0);
  }
}
