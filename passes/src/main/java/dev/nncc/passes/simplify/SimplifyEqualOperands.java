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
import java.util.OptionalDouble;

/**
 * {@code max(x, x)}, {@code min(x, x)}, {@code x and x}, {@code x or x} become {@code x}; {@code x
 * - x}, {@code x xor x} become 0, {@code x == x}, {@code x <= x} true, {@code x < x} false. Floats
 * that may be infinite or NaN keep their differences and comparisons.
 */
public record SimplifyEqualOperands() implements Rule {
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
        || !root.operand(0).equals(root.operand(1))) {
      return Optional.empty();
    }
    Value x = root.operand(0);
    OptionalDouble number = number(e.kind(), x, context);
    if (number.isPresent()) {
      return Replacement.by(Filled.with(number.getAsDouble(), root.result().type(), context));
    }
    return switch (e.kind()) {
      case MAX, MIN, AND, OR -> Replacement.by(x);
      default -> Optional.empty();
    };
  }

  private static OptionalDouble number(ElementwiseKind kind, Value x, RewriteContext context) {
    return switch (kind) {
      case XOR -> OptionalDouble.of(0);
      case LESS -> OptionalDouble.of(0);
      case SUB -> Numbers.areFinite(x, context) ? OptionalDouble.of(0) : OptionalDouble.empty();
      case EQUAL, LESS_OR_EQUAL ->
          Numbers.areFinite(x, context) ? OptionalDouble.of(1) : OptionalDouble.empty();
      default -> OptionalDouble.empty();
    };
  }
}
