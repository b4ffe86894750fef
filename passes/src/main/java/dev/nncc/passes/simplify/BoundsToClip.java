package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * {@code max(x, c) -> Clip(x, c, inf)}, {@code min(x, c) -> Clip(x, -inf, c)} for float constants
 * of one number.
 */
public record BoundsToClip() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(ElementwiseKind.MAX, ElementwiseKind.MIN);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    boolean max = RewriteContext.isKind(root, ElementwiseKind.MAX);
    if (!max && !RewriteContext.isKind(root, ElementwiseKind.MIN)
        || !root.result().dtype().isFloat()
        || !root.result().type().equals(root.operand(0).type())) {
      return Optional.empty();
    }
    OptionalDouble c = context.uniform(root.operand(1));
    if (c.isEmpty() || Double.isNaN(c.getAsDouble())) {
      return Optional.empty();
    }
    double low = max ? c.getAsDouble() : Double.NEGATIVE_INFINITY;
    double high = max ? Double.POSITIVE_INFINITY : c.getAsDouble();
    Elementwise clip = Elementwise.of(ElementwiseKind.CLIP, low, high);
    return Replacement.by(context.add(clip, root.operand(0)));
  }
}
