package dev.nncc.passes.recognise;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/** {@code 1 / (1 + exp(-x)) -> Sigmoid(x)}. */
public record RecogniseSigmoid() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Roots roots() {
    return Roots.of(ElementwiseKind.RECIPROCAL, ElementwiseKind.DIV);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    Optional<Value> below = Optional.empty();
    if (RewriteContext.isKind(root, ElementwiseKind.RECIPROCAL)) {
      below = Optional.of(root.operand(0));
    } else if (RewriteContext.isKind(root, ElementwiseKind.DIV)
        && context.isUniform(root.operand(0), 1)) {
      below = Optional.of(root.operand(1));
    }
    return below
        .flatMap(v -> Terms.plus(v, 1, context))
        .flatMap(v -> Terms.argument(v, ElementwiseKind.EXP, context))
        .flatMap(v -> Terms.argument(v, ElementwiseKind.NEG, context))
        .filter(x -> x.type().equals(root.result().type()))
        .flatMap(x -> Replacement.by(context.add(ElementwiseKind.SIGMOID, x)));
  }
}
