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
 * {@code x * k + (beta - mean(x) * k) -> LayerNorm(x, 1, 0) * gamma + beta}, {@code k = gamma /
 * sqrt(variance(x) + eps)}: how TensorFlow spells it.
 */
public record RecogniseAffineLayerNorm() implements Rule {
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
    if (!RewriteContext.isKind(root, ElementwiseKind.ADD)) {
      return Optional.empty();
    }
    for (int i = 0; i < 2; i++) {
      Optional<Node> scaled = context.producer(root.operand(i), ElementwiseKind.MUL);
      Optional<Node> rest = context.producer(root.operand(1 - i), ElementwiseKind.SUB);
      if (scaled.isPresent() && rest.isPresent()) {
        Optional<Replacement> found = found(root, scaled.get(), rest.get(), context);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<Replacement> found(
      Node root, Node scaled, Node rest, RewriteContext context) {
    Optional<Node> product = context.producer(rest.operand(1), ElementwiseKind.MUL);
    for (int i = 0; i < 2 && product.isPresent(); i++) {
      Value x = scaled.operand(i);
      Value k = scaled.operand(1 - i);
      int other = product.get().operands().indexOf(k);
      if (other < 0) {
        continue;
      }
      Value mean = product.get().operand(1 - other);
      Optional<InverseDeviation> inverse =
          InverseDeviation.of(k, context)
              .filter(d -> d.moments().x().equals(x) && d.moments().isMean(mean, context))
              .filter(d -> Spread.isAligned(mean.shape(), x.shape(), d.moments().axes()));
      if (inverse.isPresent()) {
        Value y = context.add(ElementwiseKind.ADD, inverse.get().applied(context), rest.operand(0));
        return y.type().equals(root.result().type()) ? Replacement.by(y) : Optional.empty();
      }
    }
    return Optional.empty();
  }
}
