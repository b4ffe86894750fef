package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/**
 * {@code x * 0}, {@code x - x} and {@code 0 / x} become 0, {@code x / x} becomes 1, as if floats
 * were never infinite, NaN, or zero below a fraction line. Only with {@code --fast-math}.
 */
public record AssumeFiniteNumbers() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.APPROXIMATE;
  }

  @Override
  public Roots roots() {
    return Roots.of(Elementwise.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (root.operands().size() != 2 || !root.operand(0).dtype().isFloat()) {
      return Optional.empty();
    }
    Value a = root.operand(0);
    Value b = root.operand(1);
    boolean zero =
        RewriteContext.isKind(root, ElementwiseKind.MUL) && context.isUniform(b, 0)
            || RewriteContext.isKind(root, ElementwiseKind.SUB) && a.equals(b)
            || RewriteContext.isKind(root, ElementwiseKind.DIV) && context.isUniform(a, 0);
    boolean one = RewriteContext.isKind(root, ElementwiseKind.DIV) && a.equals(b);
    return zero || one
        ? Replacement.by(Filled.with(zero ? 0 : 1, root.result().type(), context))
        : Optional.empty();
  }
}
