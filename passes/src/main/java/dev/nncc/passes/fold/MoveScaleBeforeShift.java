package dev.nncc.passes.fold;

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
 * {@code (y + c) * k -> y * k + c * k} for constants, so that {@code k} meets the weights that make
 * {@code y}, or the constant that {@code y} was multiplied with; so for {@code (c - y) * k}. Only
 * there: elsewhere nothing comes of it. The constants become no larger.
 */
public record MoveScaleBeforeShift() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Roots roots() {
    return Roots.of(ElementwiseKind.MUL);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!RewriteContext.isKind(root, ElementwiseKind.MUL)) {
      return Optional.empty();
    }
    return moved(root, 0, context).or(() -> moved(root, 1, context));
  }

  private static Optional<Replacement> moved(Node root, int operand, RewriteContext context) {
    Value v = root.operand(operand);
    Value k = root.operand(1 - operand);
    if (!context.isConstant(k) || !context.hasOneUse(v) || !root.result().type().equals(v.type())) {
      return Optional.empty();
    }
    Node sum = context.producer(v).orElse(root);
    boolean added = RewriteContext.isKind(sum, ElementwiseKind.ADD);
    if (!added && !RewriteContext.isKind(sum, ElementwiseKind.SUB)) {
      return Optional.empty();
    }
    int at = added && context.isConstant(sum.operand(1)) ? 0 : 1;
    Value y = sum.operand(at);
    Value c = sum.operand(1 - at);
    if (!context.isConstant(c)
        || context.isConstant(y)
        || !y.type().equals(v.type())
        || !absorbs(y, k, context)) {
      return Optional.empty();
    }
    Value scaled = context.add(ElementwiseKind.MUL, y, k);
    Value shift = context.add(ElementwiseKind.MUL, c, k);
    if (shift.shape().elements() > Math.max(c.shape().elements(), k.shape().elements())) {
      return Optional.empty();
    }
    ElementwiseKind kind = added ? ElementwiseKind.ADD : ElementwiseKind.SUB;
    return Replacement.by(
        added ? context.add(kind, scaled, shift) : context.add(kind, shift, scaled));
  }

  private static boolean absorbs(Value y, Value k, RewriteContext context) {
    Optional<Contraction> contraction = Contraction.onlyFor(y, context);
    if (contraction.isPresent()) {
      return context
          .constant(k)
          .flatMap(t -> Axes.along(t, y.shape(), contraction.get().outputAxis()))
          .isPresent();
    }
    return context
        .onlyFor(y, Elementwise.class)
        .filter(n -> RewriteContext.isKind(n, ElementwiseKind.MUL))
        .filter(n -> context.isConstant(n.operand(1)))
        .filter(n -> isNoLarger(n.operand(1), k, context))
        .isPresent();
  }

  private static boolean isNoLarger(Value a, Value k, RewriteContext context) {
    long both = context.add(ElementwiseKind.MUL, a, k).shape().elements();
    return both <= Math.max(a.shape().elements(), k.shape().elements());
  }
}
