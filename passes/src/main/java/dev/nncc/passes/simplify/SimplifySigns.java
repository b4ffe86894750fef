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
 * Fewer changes of sign: {@code x * -1 -> -x}, {@code 0 - x -> -x}, {@code --x -> x}, {@code -(x -
 * y) -> y - x}, {@code x + -y -> x - y}, {@code x - -y -> x + y}, {@code -x * -y -> x * y}, {@code
 * |-x| -> |x|}; and {@code not not x -> x}. A zero may get another sign.
 */
public record SimplifySigns() implements Rule {
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
    return root.operands().size() == 1 ? unary(root, context) : binary(root, context);
  }

  private static Optional<Replacement> unary(Node root, RewriteContext context) {
    Value x = root.operand(0);
    Optional<Value> positive = negated(x, context);
    if (RewriteContext.isKind(root, ElementwiseKind.NEG)) {
      if (positive.isPresent()) {
        return Replacement.by(positive.get());
      }
      return context
          .producer(x, ElementwiseKind.SUB)
          .filter(n -> context.hasOneUse(x))
          .flatMap(n -> same(root, ElementwiseKind.SUB, n.operand(1), n.operand(0), context));
    }
    if (RewriteContext.isKind(root, ElementwiseKind.ABS) && x.dtype().isSigned()) {
      return positive.flatMap(p -> Replacement.by(context.add(ElementwiseKind.ABS, p)));
    }
    return RewriteContext.isKind(root, ElementwiseKind.NOT)
        ? context.producer(x, ElementwiseKind.NOT).flatMap(n -> Replacement.by(n.operand(0)))
        : Optional.empty();
  }

  private static Optional<Replacement> binary(Node root, RewriteContext context) {
    if (root.operands().size() != 2) {
      return Optional.empty();
    }
    Value a = root.operand(0);
    Value b = root.operand(1);
    Optional<Value> left = negated(a, context);
    Optional<Value> right = negated(b, context);
    if (RewriteContext.isKind(root, ElementwiseKind.MUL)) {
      boolean minus = context.isUniform(b, -1) && root.result().type().equals(a.type());
      if (minus && !context.isConstant(a)) {
        return Replacement.by(context.add(ElementwiseKind.NEG, a));
      }
      return left.isPresent() && right.isPresent()
          ? same(root, ElementwiseKind.MUL, left.get(), right.get(), context)
          : Optional.empty();
    }
    if (RewriteContext.isKind(root, ElementwiseKind.SUB)) {
      boolean minus = context.isUniform(a, 0) && root.result().type().equals(b.type());
      if (minus && !context.isConstant(b)) {
        return Replacement.by(context.add(ElementwiseKind.NEG, b));
      }
      return right.flatMap(y -> same(root, ElementwiseKind.ADD, a, y, context));
    }
    if (RewriteContext.isKind(root, ElementwiseKind.ADD)) {
      return right
          .flatMap(y -> same(root, ElementwiseKind.SUB, a, y, context))
          .or(() -> left.flatMap(x -> same(root, ElementwiseKind.SUB, b, x, context)));
    }
    return Optional.empty();
  }

  /** {@code x} of {@code -x}, for what is no constant: those are computed by themselves. */
  private static Optional<Value> negated(Value v, RewriteContext context) {
    return context
        .producer(v, ElementwiseKind.NEG)
        .map(n -> n.operand(0))
        .filter(x -> !context.isConstant(x));
  }

  private static Optional<Replacement> same(
      Node root, ElementwiseKind kind, Value a, Value b, RewriteContext context) {
    Value v = context.add(kind, a, b);
    return v.type().equals(root.result().type()) ? Replacement.by(v) : Optional.empty();
  }
}
