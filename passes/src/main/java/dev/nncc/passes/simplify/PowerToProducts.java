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
import java.util.OptionalDouble;

/**
 * {@code pow(x, 2) -> x * x}, {@code pow(x, 3) -> x * x * x}, {@code pow(x, 4)} as a square of a
 * square; of floats {@code pow(x, 0.5) -> sqrt(x)}, {@code pow(x, -1) -> 1 / x}, {@code pow(x,
 * -0.5) -> 1 / sqrt(x)}, {@code pow(x, -2) -> 1 / (x * x)}.
 */
public record PowerToProducts() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Roots roots() {
    return Roots.of(ElementwiseKind.POW);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    OptionalDouble power =
        RewriteContext.isKind(root, ElementwiseKind.POW)
                && root.result().type().equals(root.operand(0).type())
            ? context.uniform(root.operand(1))
            : OptionalDouble.empty();
    if (power.isEmpty()) {
      return Optional.empty();
    }
    Value x = root.operand(0);
    double p = power.getAsDouble();
    if (p == 2) {
      return Replacement.by(square(x, context));
    }
    if (p == 3) {
      return Replacement.by(context.add(ElementwiseKind.MUL, square(x, context), x));
    }
    if (p == 4) {
      return Replacement.by(square(square(x, context), context));
    }
    return root.result().dtype().isFloat() ? ofFloats(x, p, context) : Optional.empty();
  }

  private static Optional<Replacement> ofFloats(Value x, double p, RewriteContext context) {
    if (p == 0.5) {
      return Replacement.by(context.add(ElementwiseKind.SQRT, x));
    }
    if (p == -1) {
      return Replacement.by(context.add(ElementwiseKind.RECIPROCAL, x));
    }
    if (p == -0.5) {
      Value root = context.add(ElementwiseKind.SQRT, x);
      return Replacement.by(context.add(ElementwiseKind.RECIPROCAL, root));
    }
    return p == -2
        ? Replacement.by(context.add(ElementwiseKind.RECIPROCAL, square(x, context)))
        : Optional.empty();
  }

  private static Value square(Value x, RewriteContext context) {
    return context.add(ElementwiseKind.MUL, x, x);
  }
}
