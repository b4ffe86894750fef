package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/** {@code 1 / x -> Reciprocal(x)} of floats, so that later rules meet one form. */
public record DivisionToReciprocal() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(ElementwiseKind.DIV);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    return RewriteContext.isKind(root, ElementwiseKind.DIV)
            && root.result().dtype().isFloat()
            && root.result().type().equals(root.operand(1).type())
            && context.isUniform(root.operand(0), 1)
        ? Replacement.by(context.add(ElementwiseKind.RECIPROCAL, root.operand(1)))
        : Optional.empty();
  }
}
