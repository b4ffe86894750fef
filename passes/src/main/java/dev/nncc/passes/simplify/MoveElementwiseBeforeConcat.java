package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.ContractionOp;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseOp;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code f(Concat(a, b)) -> Concat(f(a), f(b))} for functions of one operand, where contractions
 * and elementwise operators make all parts for the concatenation alone: {@code f} joins their
 * kernels, and these can write their parts in place. Also with a constant of one number.
 */
public record MoveElementwiseBeforeConcat() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(ElementwiseOp.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof ElementwiseOp) || root.operands().size() > 2) {
      return Optional.empty();
    }
    Optional<Node> concat = context.onlyFor(root.operand(0), Concat.class);
    if (concat.isEmpty()
        || !concat.get().operands().stream().allMatch(v -> isComputed(v, context))) {
      return Optional.empty();
    }
    if (root.operands().size() == 2
        && (context.uniform(root.operand(1)).isEmpty()
            || root.operand(1).shape().rank() > 0
            || !(root.op() instanceof Elementwise))) {
      return Optional.empty();
    }
    List<Value> parts = new ArrayList<>();
    for (Value v : concat.get().operands()) {
      List<Value> operands = new ArrayList<>(root.operands());
      operands.set(0, v);
      parts.add(context.addAll(root.op(), operands).get(0));
    }
    return Optional.of(new Replacement(context.addAll(concat.get().op(), parts)));
  }

  private static boolean isComputed(Value v, RewriteContext context) {
    return context.hasOneUse(v)
        && context
            .producer(v)
            .filter(n -> n.op() instanceof ContractionOp || n.op() instanceof ElementwiseOp)
            .isPresent();
  }
}
