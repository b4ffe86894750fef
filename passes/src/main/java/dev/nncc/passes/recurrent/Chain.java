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
import dev.nncc.graph.op.Transpose;
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
    Layer layer, @Nullable Value hidden, Value before, List<Cell> cells, List<List<Value>> inputs) {

  static Chain from(Layer layer, @Nullable Value hidden, Value before) {
    return new Chain(layer, hidden, before, new ArrayList<>(), new ArrayList<>());
  }

  void add(Cell cell, List<Value> reads) {
    cells.add(cell);
    inputs.add(reads);
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
    for (List<Value> reads : inputs) {
      if (reads.stream().anyMatch(behind::contains)) {
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
    Value zeros = b.constant(Tensor.filled(new TensorType(out.dtype(), state), 0));
    List<Value> operands = new ArrayList<>();
    operands.add(slicesOfOne(g, b, origin).orElseGet(() -> joined(b, origin)));
    operands.add(b.constant(layer.inputWeights(g, out.dtype())));
    operands.add(b.constant(layer.stateWeights(g, out.dtype())));
    operands.add(b.constant(layer.bias(g, out.dtype())));
    operands.add(hidden == null ? zeros : b.add(origin, new Reshape(state), hidden));
    List<String> names = new ArrayList<>(List.of("", ""));
    if (layer.lstm()) {
      operands.add(b.add(origin, new Reshape(state), before));
      names.add("");
    }
    List<Value> results = b.add(origin, names, layer.operator(), operands);
    Shape all = Shape.of(cells.size(), batch, layer.hidden());
    Value y = b.add(origin, new Reshape(all), results.get(0));
    for (int t = 0; t < cells.size(); t++) {
      Value step = b.add(origin, slice(0, t, List.of(1L, batch, layer.hidden())), y);
      b.keep(
          new Node(new Reshape(out.shape()), List.of(step), List.of(cells.get(t).out()), origin));
    }
    if (layer.lstm()) {
      List<Value> cell = List.of(results.get(2));
      b.keep(new Node(new Reshape(out.shape()), cell, List.of(last().next()), origin));
    }
  }

  private static Slice slice(int axis, long start, List<Long> sizes) {
    List<Long> starts = new ArrayList<>(List.of(0L, 0L, 0L));
    starts.set(axis, start);
    return new Slice(starts, sizes, List.of(1L, 1L, 1L));
  }

  /** The inputs of all steps, [T,B,I]. */
  private Value joined(GraphBuilder b, Origin origin) {
    List<Value> steps = new ArrayList<>();
    for (List<Value> reads : inputs) {
      Value x = b.add(origin, List.of(""), new Concat(1), reads).get(0);
      steps.add(b.add(origin, new Reshape(Shape.of(1, x.type().dim(0), x.type().dim(1))), x));
    }
    return b.add(origin, List.of(""), new Concat(0), steps).get(0);
  }

  /** The same where they are consecutive slices of one value, [T,B,I] or [B,T,I]. */
  private Optional<Value> slicesOfOne(Graph g, GraphBuilder b, Origin origin) {
    List<Node> slices = new ArrayList<>();
    for (List<Value> reads : inputs) {
      Node n = g.producer(reads.get(0)).orElse(null);
      if (n != null && n.op() instanceof Reshape) {
        n = g.producer(n.operand(0)).orElse(null);
      }
      if (n == null || reads.size() != 1 || !(n.op() instanceof Slice)) {
        return Optional.empty();
      }
      slices.add(n);
    }
    Value whole = slices.get(0).operand(0);
    TensorType x = inputs.get(0).get(0).type();
    for (int axis = 0; axis < 2 && whole.shape().rank() == 3; axis++) {
      List<Long> sizes = new ArrayList<>(List.of(x.dim(0), x.dim(0), x.dim(1)));
      sizes.set(axis, 1L);
      long first = ((Slice) slices.get(0).op()).starts().get(axis);
      boolean follow = true;
      for (int t = 0; t < slices.size(); t++) {
        Node n = slices.get(t);
        follow &= n.operand(0).equals(whole) && n.op().equals(slice(axis, first + t, sizes));
      }
      if (follow) {
        sizes.set(axis, (long) slices.size());
        Value all = b.add(origin, slice(axis, first, sizes), whole);
        List<Integer> perm = List.of(1, 0, 2);
        return Optional.of(axis == 0 ? all : b.add(origin, new Transpose(perm), all));
      }
    }
    return Optional.empty();
  }
}
