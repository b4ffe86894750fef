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
 * {@code (x * c) * d -> x * (c * d)} for constants, also for {@code +}, {@code min}, {@code max},
 * {@code and}, {@code or}, {@code xor}, if {@code c * d} is no larger than the larger of them and
 * nobody else reads the value between. Not in front of a rounding.
 */
public record MergeConstantOperands() implements Rule {
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
        || !isAssociative(e.kind())
        || !context.isConstant(root.operand(1))
        || root.result().dtype().isFloat() && Quantisation.isRounded(root.result(), context)) {
      return Optional.empty();
    }
    Optional<Node> inner =
        context
            .onlyFor(root.operand(0), Elementwise.class)
            .filter(n -> n.op().equals(e) && context.isConstant(n.operand(1)));
    if (inner.isEmpty()) {
      return Optional.empty();
    }
    Value c = inner.get().operand(1);
    Value d = root.operand(1);
    Value both = context.add(e, c, d);
    long largest = Math.max(c.shape().elements(), d.shape().elements());
    Value x = inner.get().operand(0);
    return both.shape().elements() > largest || context.isConstant(x)
        ? Optional.empty()
        : Replacement.by(context.add(e, x, both));
  }

  private static boolean isAssociative(ElementwiseKind kind) {
    return switch (kind) {
      case ADD, MUL, MIN, MAX, AND, OR, XOR -> true;
      default -> false;
    };
  }
}
