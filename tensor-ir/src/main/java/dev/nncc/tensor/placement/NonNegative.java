package dev.nncc.tensor.placement;

import dev.nncc.graph.Constant;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Op;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.Fused;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Resize;
import dev.nncc.graph.op.ResizeMode;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Softmax;
import dev.nncc.graph.op.Transpose;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Values of which no element is negative, by the operators that make them: a zero border serves
 * their maxima. NaN counts as not negative.
 */
public final class NonNegative {
  private final Map<Value, Boolean> known = new LinkedHashMap<>();

  public NonNegative(Graph graph) {
    this(graph, Map.of());
  }

  private NonNegative(Graph graph, Map<Value, Boolean> inputs) {
    known.putAll(inputs);
    for (Node n : graph.nodes()) {
      if (n.op() instanceof Fused f) {
        Map<Value, Boolean> in = new LinkedHashMap<>();
        for (int i = 0; i < n.operands().size(); i++) {
          in.put(f.body().inputs().get(i), test(n.operand(i)));
        }
        NonNegative body = new NonNegative(f.body(), in);
        for (int i = 0; i < n.results().size(); i++) {
          known.put(n.results().get(i), body.test(f.body().outputs().get(i)));
        }
      } else {
        boolean r = result(n);
        n.results().forEach(v -> known.put(v, r));
      }
    }
  }

  public boolean test(Value v) {
    return known.getOrDefault(v, false);
  }

  private boolean result(Node n) {
    Op op = n.op();
    if (op instanceof Elementwise e) {
      return switch (e.kind()) {
        case RELU, SIGMOID, ABS, SQRT, EXP, SOFTPLUS, HARD_SIGMOID -> true;
        case CLIP -> e.params().get(0) >= 0;
        case ADD, MUL, MIN -> test(n.operand(0)) && test(n.operand(1));
        case MAX -> test(n.operand(0)) || test(n.operand(1));
        default -> false;
      };
    }
    if (op instanceof Resize r && r.mode() == ResizeMode.CUBIC || op instanceof Constant) {
      return false;
    }
    boolean keeps =
        op instanceof Pool
            || op instanceof Concat
            || op instanceof Slice
            || op instanceof Reshape
            || op instanceof Transpose
            || op instanceof Resize;
    return op instanceof Softmax || keeps && n.operands().stream().allMatch(this::test);
  }
}
