package dev.nncc.passes.simplify;

import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * {@code x * 1}, {@code x / 1}, {@code x - 0}, {@code x + -0.0}, {@code pow(x, 1)}, {@code x and
 * true}, {@code x or false}, {@code x xor false}, {@code max(x, -inf)}, {@code min(x, inf)} become
 * {@code x}; a broadcast of {@code x} where the constant makes the shape larger.
 */
public record DropNeutralOperand() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(Elementwise.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof Elementwise e)
        || root.operands().size() != 2
        || root.result().dtype() != root.operand(0).dtype()) {
      return Optional.empty();
    }
    OptionalDouble c = context.uniform(root.operand(1));
    return c.isPresent() && isNeutral(e.kind(), c.getAsDouble(), root.result().dtype())
        ? Replacement.by(Filled.asResultOf(root, root.operand(0), context))
        : Optional.empty();
  }

  private static boolean isNeutral(ElementwiseKind kind, double c, DType t) {
    return switch (kind) {
      case MUL, DIV, POW -> c == 1;
      case SUB -> Double.compare(c, 0.0) == 0;
      case ADD -> c == 0 && (t.isInteger() || Double.compare(c, -0.0) == 0);
      case AND -> ExtremeNumbers.isAllOnes(c, t);
      case OR, XOR -> c == 0;
      case SHIFT_LEFT, SHIFT_RIGHT -> c == 0;
      case MAX -> ExtremeNumbers.isLowest(c, t);
      case MIN -> ExtremeNumbers.isHighest(c, t);
      default -> false;
    };
  }
}
