package dev.nncc.passes.recognise;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.RmsNorm;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/**
 * {@code RmsNorm(x, scale) * c -> RmsNorm(x, scale * c)} for a constant that does not differ along
 * the axes in front.
 */
public record FoldScaleIntoRmsNorm() implements Rule {
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
    Optional<Node> norm =
        context
            .onlyFor(root.operand(0), RmsNorm.class)
            .filter(n -> context.isConstant(n.operand(1)))
            .filter(n -> n.result().type().equals(root.result().type()));
    Optional<Shape> own =
        norm.flatMap(n -> NormShapes.within(root.operand(1).shape(), n.operand(1).shape()));
    return own.flatMap(
        shape -> {
          Node n = norm.orElseThrow();
          Value c = context.add(new Reshape(shape), root.operand(1));
          Value scale = context.add(ElementwiseKind.MUL, n.operand(1), c);
          return Replacement.by(context.add(n.op(), n.operand(0), scale));
        });
  }
}
