package dev.nncc.passes.clean;

import dev.nncc.graph.ModelException;
import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code op(constants) -> constant}, unless the result is larger than both {@code limit} bytes and
 * what it is computed from: an expanded scalar is cheaper to make again than to ship.
 */
public record FoldConstants(long limit) implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!root.operands().stream().allMatch(context::isConstant)) {
      return Optional.empty();
    }
    long in = root.operands().stream().mapToLong(v -> v.type().bytes()).sum();
    long out = root.results().stream().mapToLong(v -> v.type().bytes()).sum();
    if (out > Math.max(limit, in)) {
      return Optional.empty();
    }
    List<Tensor> operands =
        root.operands().stream().map(v -> context.constant(v).orElseThrow()).toList();
    List<Value> values = new ArrayList<>();
    for (Tensor t : evaluate(root, operands)) {
      values.add(context.constant(t));
    }
    return Optional.of(new Replacement(values));
  }

  private static List<Tensor> evaluate(Node n, List<Tensor> operands) {
    try {
      return n.op().evaluate(operands);
    } catch (ModelException e) {
      throw new ModelException(
          n.origin() + " (" + n.op().name() + "), computed at compile time: " + e.getMessage(), e);
    }
  }
}
