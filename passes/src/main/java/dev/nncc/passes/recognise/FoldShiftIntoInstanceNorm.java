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
 * {@code InstanceNorm(x, scale, bias) + c -> InstanceNorm(x, scale, bias + c)} for a constant that
 * differs along the channels only.
 */
public record FoldShiftIntoInstanceNorm() implements Rule {
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
    Optional<Node> norm = FoldScaleIntoInstanceNorm.host(root, context);
    Optional<Value> c =
        norm.flatMap(n -> FoldScaleIntoInstanceNorm.perChannel(root.operand(1), n, context));
    return c.flatMap(
        v -> {
          Node n = norm.orElseThrow();
          Value bias = context.add(ElementwiseKind.ADD, n.operand(2), v);
          return Replacement.by(context.add(n.op(), n.operand(0), n.operand(1), bias));
        });
  }
}
