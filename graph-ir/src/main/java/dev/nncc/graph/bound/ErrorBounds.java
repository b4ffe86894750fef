package dev.nncc.graph.bound;

import dev.nncc.graph.Constant;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Op;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Cast;
import dev.nncc.graph.op.ContractionOp;
import dev.nncc.graph.op.ElementwiseOp;
import dev.nncc.graph.op.Fused;
import dev.nncc.graph.op.IndexingOp;
import dev.nncc.graph.op.MovementOp;
import dev.nncc.graph.op.ReductionOp;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Running error analysis: evaluates a graph and carries a bound of the error beside every element.
 * A node's result is off by what its operands' errors make of it (found at the corners of their
 * intervals, or by the operator itself where it is linear), plus its own roundings: their count,
 * such as the length of a sum, times the unit roundoff, times the magnitude of the terms.
 *
 * <p>A result that is not finite although the operands are, or near the largest number, has no
 * bound: programs that compute the same in another order may differ there.
 */
public final class ErrorBounds {
  private ErrorBounds() {}

  /** The outputs for the inputs, both in the graph's order. */
  public static List<Bounded> evaluate(Graph graph, List<Bounded> inputs) {
    Map<Value, Bounded> known = new LinkedHashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      known.put(graph.inputs().get(i), inputs.get(i));
    }
    Map<Value, Integer> left = new LinkedHashMap<>();
    graph.nodes().forEach(n -> n.operands().forEach(v -> left.merge(v, 1, Integer::sum)));
    graph.outputs().forEach(v -> left.merge(v, 1, Integer::sum));
    for (Node n : graph.nodes()) {
      List<Bounded> operands = new ArrayList<>();
      n.operands().forEach(v -> operands.add(Objects.requireNonNull(known.get(v))));
      List<Bounded> results = apply(n.op(), operands);
      for (int i = 0; i < results.size(); i++) {
        known.put(n.results().get(i), results.get(i));
      }
      for (Value v : n.operands()) {
        if (left.merge(v, -1, Integer::sum) == 0) {
          known.remove(v);
        }
      }
    }
    List<Bounded> outputs = new ArrayList<>();
    graph.outputs().forEach(v -> outputs.add(Objects.requireNonNull(known.get(v))));
    return outputs;
  }

  /** The results of one operator. */
  public static List<Bounded> apply(Op op, List<Bounded> operands) {
    if (op instanceof Fused f) {
      return evaluate(f.body(), operands);
    }
    List<Tensor> values = operands.stream().map(Bounded::value).toList();
    List<Tensor> results = op.evaluate(values);
    if (results.stream().allMatch(t -> t.elements() == 0) || op instanceof Constant) {
      return results.stream().map(Bounded::exact).toList();
    }
    if (op instanceof ElementwiseOp) {
      return List.of(
          op instanceof Cast c
              ? ElementwiseBounds.cast(c, operands.get(0), results.get(0))
              : ElementwiseBounds.of(op, operands, results.get(0)));
    }
    if (op instanceof ContractionOp) {
      return List.of(ContractionBounds.of(op, operands, results.get(0)));
    }
    if (op instanceof MovementOp) {
      return List.of(MovementBounds.of(op, operands, results.get(0)));
    }
    if (op instanceof IndexingOp) {
      return IndexingBounds.of(op, operands, results);
    }
    if (op instanceof ReductionOp) {
      return List.of(ReductionBounds.of(op, operands, results.get(0)));
    }
    return RecurrentBounds.of(op, operands, results);
  }
}
