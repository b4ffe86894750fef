package dev.nncc.passes.recognise;

import dev.nncc.graph.Dim;
import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.LayerNorm;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Rule;
import java.util.List;
import java.util.Optional;

/**
 * {@code (x - mean(x)) / sqrt(mean((x - mean(x))^2) + eps) -> LayerNorm(x, 1, 0)} over the last
 * axes; also with a product by the reciprocal. Scale and shift behind it are taken in by rules of
 * their own.
 */
public record RecogniseLayerNorm() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    boolean division = RewriteContext.isKind(root, ElementwiseKind.DIV);
    if (!division && !RewriteContext.isKind(root, ElementwiseKind.MUL)) {
      return Optional.empty();
    }
    for (int i = 0; i < (division ? 1 : 2); i++) {
      Optional<Value> deviation =
          division
              ? Optional.of(root.operand(1))
              : Terms.argument(root.operand(1 - i), ElementwiseKind.RECIPROCAL, context);
      Optional<Moments> moments = deviation.flatMap(v -> Moments.ofDeviation(v, context));
      Optional<Node> difference = context.producer(root.operand(i), ElementwiseKind.SUB);
      if (moments.isPresent()
          && difference.isPresent()
          && difference.get().operands().equals(List.of(moments.get().x(), moments.get().mean()))) {
        return Replacement.by(plain(moments.get(), context));
      }
    }
    return Optional.empty();
  }

  static Value plain(Moments m, RewriteContext context) {
    List<Dim> dims = m.x().shape().dims();
    TensorType type = m.x().type().withShape(new Shape(dims.subList(m.axis(), dims.size())));
    Value one = context.constant(Tensor.filled(type, 1));
    Value zero = context.constant(Tensor.filled(type, 0));
    return context.add(new LayerNorm(m.axis(), m.epsilon()), m.x(), one, zero);
  }
}
