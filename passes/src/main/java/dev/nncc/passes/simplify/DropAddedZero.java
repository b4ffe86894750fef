package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/**
 * {@code x + 0 -> x}, where the constant does not make the shape larger. A negative zero would
 * become a positive one, hence not quite exact.
 */
public record DropAddedZero() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    return RewriteContext.isKind(root, ElementwiseKind.ADD)
            && root.result().type().equals(root.operand(0).type())
            && context.isUniform(root.operand(1), 0)
        ? Replacement.by(root.operand(0))
        : Optional.empty();
  }
}
