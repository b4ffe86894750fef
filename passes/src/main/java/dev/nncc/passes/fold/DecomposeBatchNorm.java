package dev.nncc.passes.fold;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.BatchNorm;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Arrays;
import java.util.Optional;

/**
 * {@code BatchNorm(x, scale, bias, mean, var) -> x * k + (bias - mean * k)}, {@code k = scale /
 * sqrt(var + eps)}, where the four are constants. Two elementwise operations a element instead of
 * four, and each can be folded further on its own.
 */
public record DecomposeBatchNorm() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Roots roots() {
    return Roots.of(BatchNorm.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof BatchNorm norm)
        || !root.operands().subList(1, 5).stream().allMatch(context::isConstant)) {
      return Optional.empty();
    }
    double[] scale = numbers(root, 1, context);
    double[] bias = numbers(root, 2, context);
    double[] mean = numbers(root, 3, context);
    double[] var = numbers(root, 4, context);
    double[] k = new double[scale.length];
    double[] shift = new double[scale.length];
    for (int i = 0; i < k.length; i++) {
      k[i] = scale[i] / Math.sqrt(var[i] + norm.epsilon());
      shift[i] = bias[i] - mean[i] * k[i];
    }
    Value x = root.operand(0);
    Value scaled = context.add(ElementwiseKind.MUL, x, context.constant(perChannel(x, k)));
    return Replacement.by(
        context.add(ElementwiseKind.ADD, scaled, context.constant(perChannel(x, shift))));
  }

  private static double[] numbers(Node root, int operand, RewriteContext context) {
    return context.constant(root.operand(operand)).orElseThrow().toDoubles();
  }

  private static Tensor perChannel(Value x, double[] numbers) {
    long[] extents = new long[x.shape().rank() - 1];
    Arrays.fill(extents, 1);
    extents[0] = numbers.length;
    return Axes.vector(x.type(), numbers).reshaped(Shape.of(extents));
  }
}
