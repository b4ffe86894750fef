package dev.nncc.passes.recognise;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.RmsNorm;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/**
 * {@code x / sqrt(mean(x^2) + eps) -> RmsNorm(x, 1)} over the last axes, also as a product with the
 * reciprocal; {@code x / max(sqrt(sum(x^2)), eps) -> RmsNorm(x, 1 / sqrt(n))} of n elements, and
 * the other ways to keep away from zero. A scale behind it is taken in by a rule of its own.
 */
public record RecogniseRmsNorm() implements Rule {
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
      return norm(root, root.operand(0), root.operand(1), root.operand(1), context);
    }
    for (int i = 0; i < 2 && RewriteContext.isKind(root, ElementwiseKind.MUL); i++) {
      Value x = root.operand(i);
      Value factor = root.operand(1 - i);
      Optional<Replacement> found =
          Spread.argument(factor, ElementwiseKind.RECIPROCAL, context)
              .flatMap(length -> norm(root, x, length, factor, context));
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /**
   * @param spread the length or its reciprocal as it is broadcast against x
   */
  private static Optional<Replacement> norm(
      Node root, Value x, Value length, Value spread, RewriteContext context) {
    int rank = x.shape().rank();
    return EuclideanLength.of(length, x, context)
        .filter(e -> e.axes().get(0) == rank - e.axes().size())
        .filter(e -> x.type().equals(root.result().type()))
        .filter(e -> Spread.isAligned(spread.shape(), x.shape(), e.axes()))
        .flatMap(
            e -> {
              int axis = rank - e.axes().size();
              Shape last = new Shape(x.shape().dims().subList(axis, rank));
              TensorType type = x.type().withShape(last);
              Value scale = context.constant(Tensor.filled(type, e.scale()));
              return Replacement.by(
                  context.add(new RmsNorm(axis, e.epsilon(), e.floor()), x, scale));
            });
  }
}
