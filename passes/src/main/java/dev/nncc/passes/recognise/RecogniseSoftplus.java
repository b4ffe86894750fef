package dev.nncc.passes.recognise;

import dev.nncc.graph.Node;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/** {@code log(1 + exp(x)) -> Softplus(x)}. */
public record RecogniseSoftplus() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Roots roots() {
    return Roots.of(ElementwiseKind.LOG);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!RewriteContext.isKind(root, ElementwiseKind.LOG)) {
      return Optional.empty();
    }
    return Terms.plus(root.operand(0), 1, context)
        .flatMap(v -> Terms.argument(v, ElementwiseKind.EXP, context))
        .filter(x -> x.type().equals(root.result().type()))
        .flatMap(x -> Replacement.by(context.add(ElementwiseKind.SOFTPLUS, x)));
  }
}
