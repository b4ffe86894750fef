package dev.nncc.passes.fold;

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
 * {@code -Conv(x, w, b) -> Conv(x, -w, -b)} and {@code c - Conv(x, w, b) -> Conv(x, -w, -b) + c}
 * for constants; also for ConvTranspose and MatMul. A contraction that others read stays.
 */
public record FoldSignIntoWeights() implements Rule {
  private static final double[] MINUS = {-1};

  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(ElementwiseKind.NEG, ElementwiseKind.SUB);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (RewriteContext.isKind(root, ElementwiseKind.NEG)) {
      return negated(root.operand(0), context).flatMap(Replacement::by);
    }
    if (!RewriteContext.isKind(root, ElementwiseKind.SUB) || !context.isConstant(root.operand(0))) {
      return Optional.empty();
    }
    return negated(root.operand(1), context)
        .flatMap(v -> Replacement.by(context.add(ElementwiseKind.ADD, v, root.operand(0))));
  }

  private static Optional<Value> negated(Value v, RewriteContext context) {
    return Contraction.onlyFor(v, context)
        .map(c -> c.with(c.x(), c.withOutputsScaled(MINUS), c.biasScaled(MINUS), context));
  }
}
