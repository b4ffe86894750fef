package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/**
 * {@code x + 0 -> x}, a broadcast of {@code x} where the constant makes the shape larger. A
 * negative zero would become a positive one, hence not quite exact.
 */
public record DropAddedZero() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Roots roots() {
    return Roots.of(ElementwiseKind.ADD);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    return RewriteContext.isKind(root, ElementwiseKind.ADD) && context.isUniform(root.operand(1), 0)
        ? Replacement.by(Filled.asResultOf(root, root.operand(0), context))
        : Optional.empty();
  }
}
