package dev.nncc.passes.recognise;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.LayerNorm;
import dev.nncc.graph.op.Reshape;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/**
 * {@code LayerNorm(x, scale, bias) * c -> LayerNorm(x, scale * c, bias * c)} for a constant that
 * does not differ along the axes in front.
 */
public record FoldScaleIntoLayerNorm() implements Rule {
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
    if (!RewriteContext.isKind(root, ElementwiseKind.MUL) || !context.isConstant(root.operand(1))) {
      return Optional.empty();
    }
    Optional<Node> norm = context.onlyFor(root.operand(0), LayerNorm.class);
    if (norm.isEmpty()
        || !context.isConstant(norm.get().operand(1))
        || !context.isConstant(norm.get().operand(2))) {
      return Optional.empty();
    }
    Node n = norm.get();
    Shape shape = n.operand(1).shape();
    Optional<Shape> own = NormShapes.within(root.operand(1).shape(), shape);
    if (own.isEmpty() || !root.result().type().equals(n.result().type())) {
      return Optional.empty();
    }
    Value c = context.add(new Reshape(own.get()), root.operand(1));
    Value scale = context.add(ElementwiseKind.MUL, n.operand(1), c);
    Value bias = context.add(ElementwiseKind.MUL, n.operand(2), c);
    return Replacement.by(context.add(n.op(), n.operand(0), scale, bias));
  }
}
