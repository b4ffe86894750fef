package dev.nncc.passes.fold;

import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.MatMul;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/**
 * {@code MatMul(x, w) * k -> MatMul(x, w * k)} for constants {@code w} and {@code k}, where {@code
 * k} differs by column at most. A product that others read stays.
 */
public record FoldScaleIntoMatMul() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!RewriteContext.isKind(root, ElementwiseKind.MUL)) {
      return Optional.empty();
    }
    return at(root, 0, context).or(() -> at(root, 1, context));
  }

  private static Optional<Replacement> at(Node root, int operand, RewriteContext context) {
    Optional<Node> product = context.onlyFor(root.operand(operand), MatMul.class);
    Optional<Tensor> factor = context.constant(root.operand(1 - operand));
    if (product.isEmpty()
        || factor.isEmpty()
        || !root.result().type().equals(product.get().result().type())) {
      return Optional.empty();
    }
    Node n = product.get();
    Optional<Tensor> weights = context.constant(n.operand(1));
    int columns = n.result().shape().rank() - 1;
    Optional<double[]> k = Axes.along(factor.get(), n.result().shape(), columns);
    if (weights.isEmpty() || k.isEmpty()) {
      return Optional.empty();
    }
    Tensor w = weights.get();
    int rank = w.shape().rank();
    boolean rows = ((MatMul) n.op()).transposeB();
    long inner = rows ? w.shape().dim(rank - 1) : 1;
    int count = Math.toIntExact(n.result().shape().dim(columns));
    Value scaled = context.constant(Axes.scaled(w, k.get(), inner, i -> i % count));
    return Replacement.by(context.add(n.op(), n.operand(0), scaled));
  }
}
