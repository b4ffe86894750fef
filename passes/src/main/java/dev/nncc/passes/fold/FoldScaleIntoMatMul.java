package dev.nncc.passes.fold;

import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.MatMul;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/**
 * {@code MatMul(x, w) * k -> MatMul(x, w * k)} for constants {@code w} and {@code k}, where {@code
 * k} differs by column at most; for weights on the left, by row. A product that others read stays.
 */
public record FoldScaleIntoMatMul() implements Rule {
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
    return at(root, 0, context).or(() -> at(root, 1, context));
  }

  private static Optional<Replacement> at(Node root, int operand, RewriteContext context) {
    Optional<Contraction> product =
        Contraction.onlyFor(root.operand(operand), context)
            .filter(c -> c.node().op() instanceof MatMul)
            .filter(c -> root.result().type().equals(c.node().result().type()));
    Optional<Tensor> factor = context.constant(root.operand(1 - operand));
    if (product.isEmpty() || factor.isEmpty()) {
      return Optional.empty();
    }
    Contraction c = product.get();
    return Axes.along(factor.get(), c.node().result().shape(), c.outputAxis())
        .flatMap(
            k -> Replacement.by(c.with(c.x(), c.withOutputsScaled(k), Optional.empty(), context)));
  }
}
