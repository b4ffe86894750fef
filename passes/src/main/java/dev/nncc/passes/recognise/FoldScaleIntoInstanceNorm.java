package dev.nncc.passes.recognise;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.InstanceNorm;
import dev.nncc.graph.op.Reshape;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/**
 * {@code InstanceNorm(x, scale, bias) * c -> InstanceNorm(x, scale * c, bias * c)} for a constant
 * that differs along the channels only.
 */
public record FoldScaleIntoInstanceNorm() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Roots roots() {
    return Roots.of(ElementwiseKind.MUL);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!RewriteContext.isKind(root, ElementwiseKind.MUL)) {
      return Optional.empty();
    }
    Optional<Node> norm = host(root, context);
    Optional<Value> c = norm.flatMap(n -> perChannel(root.operand(1), n, context));
    return c.flatMap(
        v -> {
          Node n = norm.orElseThrow();
          Value scale = context.add(ElementwiseKind.MUL, n.operand(1), v);
          Value bias = context.add(ElementwiseKind.MUL, n.operand(2), v);
          return Replacement.by(context.add(n.op(), n.operand(0), scale, bias));
        });
  }

  /** The normalisation that only the root reads, its parameters constant. */
  static Optional<Node> host(Node root, RewriteContext context) {
    return context
        .onlyFor(root.operand(0), InstanceNorm.class)
        .filter(n -> n.result().type().equals(root.result().type()))
        .filter(n -> context.isConstant(n.operand(1)) && context.isConstant(n.operand(2)));
  }

  /** The constant as one number for each channel, or one for all. */
  static Optional<Value> perChannel(Value c, Node norm, RewriteContext context) {
    Shape shape = c.shape();
    if (!context.isConstant(c)) {
      return Optional.empty();
    }
    int channels = shape.rank() - norm.result().shape().rank() + 1;
    for (int a = 0; a < shape.rank(); a++) {
      if (a != channels && shape.dim(a) != 1) {
        return Optional.empty();
      }
    }
    return Optional.of(context.add(new Reshape(Shape.of(shape.elements())), c));
  }
}
