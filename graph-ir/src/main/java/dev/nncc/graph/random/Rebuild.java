package dev.nncc.graph.random;

import dev.nncc.graph.Constant;
import dev.nncc.graph.Dim;
import dev.nncc.graph.Graph;
import dev.nncc.graph.GraphBuilder;
import dev.nncc.graph.Node;
import dev.nncc.graph.Op;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Expand;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Resize;
import dev.nncc.graph.op.Slice;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** A graph built anew with one change; what nobody needs any more is left out. */
final class Rebuild {
  /** What a result becomes instead. */
  enum Cut {
    INPUT,
    CONSTANT
  }

  private final RandomGraph from;
  private final Graph graph;
  private List<Value> outputs;
  private final Map<Value, Cut> cuts = new LinkedHashMap<>();
  private final Map<Value, Value> replaced = new LinkedHashMap<>();
  private long oldExtent = -1;
  private long newExtent = -1;

  Rebuild(RandomGraph from) {
    this.from = from;
    this.graph = from.graph();
    this.outputs = graph.outputs();
  }

  Rebuild outputs(List<Value> values) {
    outputs = values;
    return this;
  }

  Rebuild cut(List<Value> results, Cut cut) {
    results.forEach(v -> cuts.put(v, cut));
    return this;
  }

  Rebuild replace(Value v, Value by) {
    replaced.put(v, by);
    return this;
  }

  /** Every extent of this size becomes another one. */
  Rebuild extent(long old, long now) {
    oldExtent = old;
    newExtent = now;
    return this;
  }

  /**
   * The new graph with inputs.
   *
   * @throws dev.nncc.graph.ModelException if the parts do not fit
   */
  RandomGraph graph() {
    Map<Value, Tensor> known = cuts.isEmpty() ? Map.of() : evaluate();
    Set<Value> live = live();
    GraphBuilder b = new GraphBuilder("shrunk");
    Map<Value, Value> now = new LinkedHashMap<>();
    List<Tensor> inputs = new ArrayList<>();
    for (int i = 0; i < from.inputs().size(); i++) {
      Value v = graph.inputs().get(i);
      if (live.contains(v)) {
        Tensor t = smaller(from.inputs().get(i));
        now.put(v, b.input(v.name(), t.type()));
        inputs.add(t);
      }
    }
    for (Node n : graph.nodes()) {
      if (n.results().stream().anyMatch(v -> live.contains(v) && !cuts.containsKey(v))) {
        List<Value> operands = n.operands().stream().map(v -> get(now, v)).toList();
        List<Value> made = b.add(n.origin(), List.of(), smaller(n.op()), operands);
        for (int i = 0; i < made.size(); i++) {
          now.put(n.results().get(i), made.get(i));
        }
      }
      for (Value v : n.results()) {
        if (live.contains(v) && cuts.containsKey(v)) {
          Tensor t = Objects.requireNonNull(known.get(v));
          boolean input = cuts.get(v) == Cut.INPUT;
          now.put(v, input ? b.input("c" + v.id(), t.type()) : b.constant(t));
          if (input) {
            inputs.add(t);
          }
        }
      }
    }
    for (int i = 0; i < outputs.size(); i++) {
      b.output("y" + i, get(now, outputs.get(i)));
    }
    return new RandomGraph(b.build(), inputs);
  }

  private Value get(Map<Value, Value> now, Value v) {
    return Objects.requireNonNull(now.get(replaced.getOrDefault(v, v)));
  }

  private Set<Value> live() {
    Set<Value> live = new LinkedHashSet<>();
    outputs.forEach(v -> use(live, v));
    List<Node> nodes = new ArrayList<>(graph.nodes());
    Collections.reverse(nodes);
    for (Node n : nodes) {
      if (n.results().stream().anyMatch(v -> live.contains(v) && !cuts.containsKey(v))) {
        n.operands().forEach(v -> use(live, v));
      }
    }
    return live;
  }

  private void use(Set<Value> live, Value v) {
    live.add(replaced.getOrDefault(v, v));
  }

  private Map<Value, Tensor> evaluate() {
    Map<Value, Tensor> known = new LinkedHashMap<>();
    for (int i = 0; i < from.inputs().size(); i++) {
      known.put(graph.inputs().get(i), from.inputs().get(i));
    }
    for (Node n : graph.nodes()) {
      List<Tensor> operands =
          n.operands().stream().map(v -> Objects.requireNonNull(known.get(v))).toList();
      List<Tensor> results = n.op().evaluate(operands);
      for (int i = 0; i < results.size(); i++) {
        known.put(n.results().get(i), results.get(i));
      }
    }
    return known;
  }

  private long smaller(long extent) {
    return extent == oldExtent ? newExtent : extent;
  }

  private List<Long> smaller(List<Long> extents) {
    return extents.stream().map(this::smaller).toList();
  }

  private Shape smaller(Shape s) {
    return new Shape(
        s.dims().stream().map(d -> d.equals(Dim.of(oldExtent)) ? Dim.of(newExtent) : d).toList());
  }

  private Tensor smaller(Tensor t) {
    if (oldExtent < 0) {
      return t;
    }
    int rank = t.shape().rank();
    List<Long> sizes = new ArrayList<>();
    for (long e : t.shape().toArray()) {
      sizes.add(smaller(e));
    }
    Slice part = new Slice(Collections.nCopies(rank, 0L), sizes, Collections.nCopies(rank, 1L));
    return part.evaluate(List.of(t)).get(0);
  }

  private Op smaller(Op op) {
    if (oldExtent < 0) {
      return op;
    }
    if (op instanceof Constant c) {
      return new Constant(smaller(c.tensor()));
    }
    if (op instanceof Reshape r) {
      return new Reshape(smaller(r.shape()));
    }
    if (op instanceof Expand e) {
      return new Expand(smaller(e.shape()));
    }
    if (op instanceof Slice s) {
      return new Slice(s.starts(), smaller(s.sizes()), s.steps());
    }
    if (op instanceof Resize r) {
      return new Resize(
          r.mode(),
          smaller(r.sizes()),
          r.scales(),
          r.coordinates(),
          r.rounding(),
          r.cubicA(),
          r.excludeOutside());
    }
    return op;
  }
}
