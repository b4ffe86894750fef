package dev.nncc.graph.bound;

import dev.nncc.graph.Constant;
import dev.nncc.graph.DType;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Op;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Cast;
import dev.nncc.graph.op.Fused;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The same graph over f64: what it computes but for rounding. Two graphs that mean the same are
 * then much closer to each other than to one that means something else.
 */
public final class Widen {
  private Widen() {}

  /** A graph whose float values are f64; numbers, names and order stay. */
  public static Graph graph(Graph g) {
    Map<Value, Value> now = new LinkedHashMap<>();
    g.inputs().forEach(v -> now.put(v, widened(v)));
    List<Node> nodes = new ArrayList<>();
    for (Node n : g.nodes()) {
      List<Value> operands = n.operands().stream().map(v -> get(now, v)).toList();
      n.results().forEach(v -> now.put(v, widened(v)));
      List<Value> results = n.results().stream().map(v -> get(now, v)).toList();
      nodes.add(new Node(op(n.op()), operands, results, n.origin()));
    }
    return new Graph(
        g.name(),
        g.inputs().stream().map(v -> get(now, v)).toList(),
        nodes,
        g.outputs().stream().map(v -> get(now, v)).toList(),
        g.outputNames());
  }

  public static List<Tensor> tensors(List<Tensor> tensors) {
    return tensors.stream().map(Wide::ofFloat).toList();
  }

  private static Value get(Map<Value, Value> now, Value v) {
    return Objects.requireNonNull(now.get(v));
  }

  private static Value widened(Value v) {
    return new Value(v.id(), v.name(), type(v.type()));
  }

  private static TensorType type(TensorType t) {
    return t.dtype().isFloat() ? t.withDtype(DType.F64) : t;
  }

  private static Op op(Op op) {
    if (op instanceof Constant c) {
      return new Constant(Wide.ofFloat(c.tensor()));
    }
    if (op instanceof Cast c && c.to().isFloat()) {
      return new Cast(DType.F64);
    }
    return op instanceof Fused f ? new Fused(graph(f.body())) : op;
  }
}
