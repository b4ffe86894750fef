package dev.nncc.passes.simplify;

import dev.nncc.graph.DType;
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
 * {@code x * 0}, {@code x and false}, {@code x or true}, {@code pow(x, 0)}, {@code pow(1, x)},
 * bounds of integers at the end of their type, {@code 0 / x} and {@code x mod 1} of integers become
 * the number that they are. A float is only multiplied away where it is known to be finite.
 */
public record AbsorbOperand() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Roots roots() {
    return Roots.of(Elementwise.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof Elementwise e)
        || root.operands().size() != 2
        || root.operands().stream().allMatch(context::isConstant)) {
      return Optional.empty();
    }
    OptionalDouble left = context.uniform(root.operand(0));
    OptionalDouble right = context.uniform(root.operand(1));
    OptionalDouble all = OptionalDouble.empty();
    if (right.isPresent()) {
      all = rightOf(e.kind(), right.getAsDouble(), root.operand(0), context);
    } else if (left.isPresent()) {
      all = leftOf(e.kind(), left.getAsDouble(), root.result().dtype());
    }
    return all.isPresent()
        ? Replacement.by(Filled.with(all.getAsDouble(), root.result().type(), context))
        : Optional.empty();
  }

  private static OptionalDouble rightOf(
      ElementwiseKind kind, double c, Value x, RewriteContext context) {
    DType t = x.dtype();
    boolean integer = !t.isFloat();
    boolean absorbs =
        switch (kind) {
          case MUL -> c == 0 && Numbers.areFinite(x, context);
          case AND -> c == 0;
          case OR -> ExtremeNumbers.isAllOnes(c, t);
          case MAX -> integer && ExtremeNumbers.isHighest(c, t);
          case MIN -> integer && ExtremeNumbers.isLowest(c, t);
          default -> false;
        };
    if (absorbs) {
      return OptionalDouble.of(c);
    }
    return switch (kind) {
      case POW -> c == 0 ? OptionalDouble.of(1) : OptionalDouble.empty();
      case MOD, REM -> integer && c == 1 ? OptionalDouble.of(0) : OptionalDouble.empty();
      default -> OptionalDouble.empty();
    };
  }

  private static OptionalDouble leftOf(ElementwiseKind kind, double c, DType t) {
    return switch (kind) {
      case POW -> c == 1 ? OptionalDouble.of(1) : OptionalDouble.empty();
      case DIV -> !t.isFloat() && c == 0 ? OptionalDouble.of(0) : OptionalDouble.empty();
      default -> OptionalDouble.empty();
    };
  }
}
