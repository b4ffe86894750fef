package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/** {@code x - c -> x + (-c)} for float constants, so that later rules meet one form. */
public record SubtractionToAddition() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(ElementwiseKind.SUB);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!RewriteContext.isKind(root, ElementwiseKind.SUB)
        || !root.result().dtype().isFloat()
        || !context.isConstant(root.operand(1))
        || context.isConstant(root.operand(0))) {
      return Optional.empty();
    }
    Value negative = context.add(ElementwiseKind.NEG, root.operand(1));
    return Replacement.by(context.add(ElementwiseKind.ADD, root.operand(0), negative));
  }
}
