package dev.nncc.passes.simplify;

import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * {@code (x / c) / d -> x / (c * d)} for integers of one number each whose product their type
 * holds: rounding towards zero twice is rounding once.
 */
public record MergeIntegerDivisions() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(ElementwiseKind.DIV);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!RewriteContext.isKind(root, ElementwiseKind.DIV)
        || !root.result().dtype().isInteger()
        || !context.hasOneUse(root.operand(0))) {
      return Optional.empty();
    }
    OptionalDouble d = context.uniform(root.operand(1));
    Optional<Node> inner = context.producer(root.operand(0), ElementwiseKind.DIV);
    OptionalDouble c =
        inner.isEmpty() ? OptionalDouble.empty() : context.uniform(inner.get().operand(1));
    if (c.isEmpty() || d.isEmpty() || !fits(c.getAsDouble(), d.getAsDouble(), root)) {
      return Optional.empty();
    }
    Value both = context.add(ElementwiseKind.MUL, inner.orElseThrow().operand(1), root.operand(1));
    Value v = context.add(ElementwiseKind.DIV, inner.orElseThrow().operand(0), both);
    return v.type().equals(root.result().type()) ? Replacement.by(v) : Optional.empty();
  }

  /** Positive, so that no quotient overflows, and exact as a double. */
  private static boolean fits(double c, double d, Node root) {
    DType t = root.result().dtype();
    return c > 0 && d > 0 && c * d <= Math.min(t.highest(), 0x1p53);
  }
}
