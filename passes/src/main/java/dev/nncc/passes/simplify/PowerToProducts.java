package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * {@code pow(x, 2) -> x * x}, {@code pow(x, 3) -> x * x * x}, {@code pow(x, 0.5) -> sqrt(x)},
 * {@code pow(x, -1) -> 1 / x}.
 */
public record PowerToProducts() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!RewriteContext.isKind(root, ElementwiseKind.POW)
        || !root.result().type().equals(root.operand(0).type())
        || !root.result().dtype().isFloat()) {
      return Optional.empty();
    }
    Value x = root.operand(0);
    OptionalDouble power = context.uniform(root.operand(1));
    if (power.isEmpty()) {
      return Optional.empty();
    }
    double p = power.getAsDouble();
    if (p == 2) {
      return Replacement.by(context.add(ElementwiseKind.MUL, x, x));
    }
    if (p == 3) {
      Value square = context.add(ElementwiseKind.MUL, x, x);
      return Replacement.by(context.add(ElementwiseKind.MUL, square, x));
    }
    if (p == 0.5) {
      return Replacement.by(context.add(ElementwiseKind.SQRT, x));
    }
    return p == -1 ? Replacement.by(context.add(ElementwiseKind.RECIPROCAL, x)) : Optional.empty();
  }
}
