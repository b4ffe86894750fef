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
 * {@code where(true, x, y) -> x}, {@code where(false, x, y) -> y}, {@code where(c, x, x) -> x},
 * {@code where(not c, x, y) -> where(c, y, x)}, {@code where(c, true, false) -> c}, {@code where(c,
 * false, true) -> not c}; broadcast where the result is larger.
 */
public record SimplifyWhere() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(ElementwiseKind.WHERE);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!RewriteContext.isKind(root, ElementwiseKind.WHERE)) {
      return Optional.empty();
    }
    Value condition = root.operand(0);
    Value yes = root.operand(1);
    Value no = root.operand(2);
    OptionalDouble known = context.uniform(condition);
    if (known.isPresent() || areEqual(yes, no, context)) {
      Value chosen = known.isPresent() && known.getAsDouble() == 0 ? no : yes;
      return Replacement.by(Filled.asResultOf(root, chosen, context));
    }
    Optional<Node> inverted = context.producer(condition, ElementwiseKind.NOT);
    if (inverted.isPresent()) {
      Value c = inverted.get().operand(0);
      return Replacement.by(context.add(ElementwiseKind.WHERE, c, no, yes));
    }
    if (root.result().dtype() != DType.BOOL) {
      return Optional.empty();
    }
    if (context.isUniform(yes, 1) && context.isUniform(no, 0)) {
      return Replacement.by(Filled.asResultOf(root, condition, context));
    }
    if (context.isUniform(yes, 0) && context.isUniform(no, 1)) {
      Value not = context.add(ElementwiseKind.NOT, condition);
      return Replacement.by(Filled.asResultOf(root, not, context));
    }
    return Optional.empty();
  }

  /** Whether they are one value, or constants of the same number. */
  private static boolean areEqual(Value a, Value b, RewriteContext context) {
    OptionalDouble n = context.uniform(a);
    // Whole numbers beyond are rounded to the same double.
    boolean exact = a.dtype().isFloat() || Math.abs(n.orElse(0)) < 0x1p53;
    return a.equals(b) || (n.isPresent() && exact && n.equals(context.uniform(b)));
  }
}
