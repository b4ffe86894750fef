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

/**
 * {@code (x - mean(x)) / sqrt(variance(x) + eps) -> LayerNorm(x, 1, 0)}; also with a product by the
 * reciprocal, which a scale may be part of. Over the pixels of an image it becomes an InstanceNorm.
 * Scale and shift behind it are taken in by rules of their own.
 */
public record RecogniseLayerNorm() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Roots roots() {
    return Roots.of(ElementwiseKind.DIV, ElementwiseKind.MUL);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (RewriteContext.isKind(root, ElementwiseKind.DIV)) {
      return Moments.ofDeviation(root.operand(1), context)
          .filter(m -> m.isDifference(root.operand(0), context))
          .filter(m -> Spread.isAligned(root.operand(1).shape(), m.x().shape(), m.axes()))
          .flatMap(m -> Replacement.by(Standardised.of(m, context)));
    }
    if (!RewriteContext.isKind(root, ElementwiseKind.MUL)) {
      return Optional.empty();
    }
    for (int i = 0; i < 2; i++) {
      Value difference = root.operand(i);
      Value factor = root.operand(1 - i);
      Optional<InverseDeviation> inverse =
          InverseDeviation.of(factor, context)
              .filter(d -> d.moments().isDifference(difference, context));
      if (inverse.isPresent()) {
        Moments m = inverse.get().moments();
        boolean scaled = inverse.get().scale().isPresent();
        if (!scaled && !Spread.isAligned(factor.shape(), m.x().shape(), m.axes())) {
          return Optional.empty();
        }
        Value y = inverse.get().applied(context);
        return y.type().equals(root.result().type()) ? Replacement.by(y) : Optional.empty();
      }
    }
    return Optional.empty();
  }
}
