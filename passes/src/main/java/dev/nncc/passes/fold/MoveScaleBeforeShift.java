package dev.nncc.passes.fold;

import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.MatMul;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/**
 * {@code (MatMul(x, w) + c) * k -> MatMul(x, w) * k + c * k} for constants, so that {@code k} meets
 * the weights. Only behind a product with constant weights: elsewhere nothing comes of it.
 */
public record MoveScaleBeforeShift() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!RewriteContext.isKind(root, ElementwiseKind.MUL)) {
      return Optional.empty();
    }
    for (int i = 0; i < 2; i++) {
      Value k = root.operand(1 - i);
      Value v = root.operand(i);
      if (context.isConstant(k) && context.hasOneUse(v)) {
        Optional<Node> sum = context.producer(v, ElementwiseKind.ADD);
        Optional<Replacement> moved = sum.flatMap(s -> moved(root, s, k, context));
        if (moved.isPresent()) {
          return moved;
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<Replacement> moved(Node root, Node sum, Value k, RewriteContext context) {
    for (int i = 0; i < 2; i++) {
      Optional<Tensor> c = context.constant(sum.operand(1 - i));
      Optional<Node> product = context.onlyFor(sum.operand(i), MatMul.class);
      if (c.isEmpty() || product.isEmpty() || !context.isConstant(product.get().operand(1))) {
        continue;
      }
      TensorType type = root.result().type();
      int last = type.rank() - 1;
      Optional<double[]> ks = Axes.along(context.constant(k).orElseThrow(), type.shape(), last);
      Optional<double[]> cs = Axes.along(c.get(), type.shape(), last);
      if (ks.isPresent() && cs.isPresent() && type.equals(product.get().result().type())) {
        Value scaled = context.add(ElementwiseKind.MUL, sum.operand(i), k);
        Value shift = context.constant(product(type, ks.get(), cs.get()));
        return Replacement.by(context.add(ElementwiseKind.ADD, scaled, shift));
      }
    }
    return Optional.empty();
  }

  private static Tensor product(TensorType type, double[] a, double[] b) {
    double[] out = new double[Math.max(a.length, b.length)];
    for (int i = 0; i < out.length; i++) {
      out[i] = Axes.at(a, i) * Axes.at(b, i);
    }
    return Axes.vector(type, out);
  }
}
