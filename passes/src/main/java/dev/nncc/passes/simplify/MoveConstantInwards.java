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
 * {@code ((x + c) + y) + d -> (x + (c + d)) + y} and {@code (x + c) + (y + d) -> (x + (c + d)) +
 * y}, also for {@code *}, {@code min}, {@code max}, {@code and}, {@code or}, {@code xor}: one
 * operation less, and the constant stays where a convolution may take it over. Values between have
 * no other readers, the constants become no larger, and no rounding follows.
 */
public record MoveConstantInwards() implements Rule {
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
        || root.result().dtype().isFloat() && Quantisation.isRounded(root.result(), context)) {
      return Optional.empty();
    }
    Value a = root.operand(0);
    Value b = root.operand(1);
    if (context.isConstant(b)) {
      return inner(a, e, context)
          .flatMap(
              sum ->
                  shifted(sum.operand(0), e, context)
                      .flatMap(s -> merged(root, s, sum.operand(1), b, context))
                      .or(
                          () ->
                              shifted(sum.operand(1), e, context)
                                  .flatMap(s -> merged(root, s, sum.operand(0), b, context))));
    }
    return shifted(a, e, context)
        .flatMap(
            s ->
                shifted(b, e, context)
                    .flatMap(t -> merged(root, s, t.operand(0), t.operand(1), context)));
  }

  private static boolean isAssociative(ElementwiseKind kind) {
    return switch (kind) {
      case ADD, MUL, MIN, MAX, AND, OR, XOR -> true;
      default -> false;
    };
  }

  private static Optional<Node> inner(Value v, Elementwise e, RewriteContext context) {
    return context.onlyFor(v, Elementwise.class).filter(n -> n.op().equals(e));
  }

  /** {@code x + c}. */
  private static Optional<Node> shifted(Value v, Elementwise e, RewriteContext context) {
    return inner(v, e, context)
        .filter(n -> context.isConstant(n.operand(1)) && !context.isConstant(n.operand(0)));
  }

  private static Optional<Replacement> merged(
      Node root, Node shifted, Value y, Value d, RewriteContext context) {
    Value c = shifted.operand(1);
    Value both = context.add(root.op(), c, d);
    Value x = context.add(root.op(), shifted.operand(0), both);
    Value v = context.add(root.op(), x, y);
    boolean larger =
        both.shape().elements() > Math.max(c.shape().elements(), d.shape().elements())
            || x.shape().elements() > shifted.result().shape().elements();
    return larger || !v.type().equals(root.result().type()) ? Optional.empty() : Replacement.by(v);
  }
}
