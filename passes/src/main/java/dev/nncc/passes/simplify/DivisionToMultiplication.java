package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Arrays;
import java.util.Optional;

/**
 * {@code x / c -> x * (1 / c)} for float constants whose reciprocals are normal numbers. Not in
 * front of a rounding, where the last bit can become a whole step, unless the reciprocal is exact.
 */
public record DivisionToMultiplication() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Roots roots() {
    return Roots.of(ElementwiseKind.DIV);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!RewriteContext.isKind(root, ElementwiseKind.DIV)
        || !root.result().dtype().isFloat()
        || context.isConstant(root.operand(0))) {
      return Optional.empty();
    }
    Optional<Tensor> c = context.constant(root.operand(1));
    if (c.isEmpty()) {
      return Optional.empty();
    }
    double[] divisors = c.get().toDoubles();
    boolean exact = Arrays.stream(divisors).allMatch(d -> isPowerOfTwo(d));
    if (!Arrays.stream(divisors).allMatch(d -> isSafe(d))
        || !exact && Quantisation.isRounded(root.result(), context)) {
      return Optional.empty();
    }
    Value reciprocal = context.add(ElementwiseKind.RECIPROCAL, root.operand(1));
    return Replacement.by(context.add(ElementwiseKind.MUL, root.operand(0), reciprocal));
  }

  private static boolean isPowerOfTwo(double d) {
    return Math.scalb(1.0, Math.getExponent(d)) == Math.abs(d);
  }

  /** Far from the ends of the range of f16, so in all types. */
  private static boolean isSafe(double divisor) {
    double d = Math.abs(divisor);
    return d > 0x1p-14 && d < 0x1p13;
  }
}
