package dev.nncc.passes.recognise;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/**
 * {@code x * k + (beta - mean(x) * k) -> LayerNorm(x, 1, 0) * gamma + beta}, {@code k = gamma /
 * sqrt(variance(x) + eps)}: how TensorFlow spells it.
 */
public record RecogniseAffineLayerNorm() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!RewriteContext.isKind(root, ElementwiseKind.ADD)) {
      return Optional.empty();
    }
    for (int i = 0; i < 2; i++) {
      Optional<Node> scaled = context.producer(root.operand(i), ElementwiseKind.MUL);
      Optional<Node> rest = context.producer(root.operand(1 - i), ElementwiseKind.SUB);
      if (scaled.isPresent() && rest.isPresent()) {
        Optional<Replacement> found = found(scaled.get(), rest.get(), context);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<Replacement> found(Node scaled, Node rest, RewriteContext context) {
    Optional<Node> product = context.producer(rest.operand(1), ElementwiseKind.MUL);
    for (int i = 0; i < 2 && product.isPresent(); i++) {
      Value x = scaled.operand(i);
      Value k = scaled.operand(1 - i);
      Optional<Node> factor = context.producer(k, ElementwiseKind.MUL);
      if (factor.isEmpty() || !product.get().operands().contains(k)) {
        continue;
      }
      Value gamma = factor.get().operand(1);
      Optional<Moments> moments =
          Terms.argument(factor.get().operand(0), ElementwiseKind.RECIPROCAL, context)
              .flatMap(v -> Moments.ofDeviation(v, context))
              .filter(m -> m.x().equals(x) && product.get().operands().contains(m.mean()));
      if (moments.isPresent()) {
        Value normal = RecogniseLayerNorm.plain(moments.get(), context);
        Value stretched = context.add(ElementwiseKind.MUL, normal, gamma);
        return Replacement.by(context.add(ElementwiseKind.ADD, stretched, rest.operand(0)));
      }
    }
    return Optional.empty();
  }
}
