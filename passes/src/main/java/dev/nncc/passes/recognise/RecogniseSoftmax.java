package dev.nncc.passes.recognise;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.Softmax;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/**
 * {@code exp(x - max(x)) / sum(exp(x - max(x))) -> Softmax(x)} along one axis, also without the
 * maximum, and with a product by the reciprocal.
 */
public record RecogniseSoftmax() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Roots roots() {
    return Roots.of(ElementwiseKind.DIV, ElementwiseKind.MUL);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (RewriteContext.isKind(root, ElementwiseKind.DIV)) {
      return softmax(root, root.operand(0), root.operand(1), context);
    }
    for (int i = 0; i < 2 && RewriteContext.isKind(root, ElementwiseKind.MUL); i++) {
      Value e = root.operand(i);
      Optional<Replacement> found =
          Spread.argument(root.operand(1 - i), ElementwiseKind.RECIPROCAL, context)
              .flatMap(sum -> softmax(root, e, sum, context));
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static Optional<Replacement> softmax(
      Node root, Value e, Value sum, RewriteContext context) {
    Optional<Integer> axis = axis(sum, ReduceKind.SUM, e, context);
    Optional<Value> exponent = Terms.argument(e, ElementwiseKind.EXP, context);
    if (axis.isEmpty()
        || exponent.isEmpty()
        || !e.type().equals(root.result().type())
        || !Spread.isAligned(spread(root, e).shape(), e.shape(), java.util.List.of(axis.get()))) {
      return Optional.empty();
    }
    Value x = withoutMaximum(exponent.get(), axis.get(), context);
    return Replacement.by(context.add(new Softmax(axis.get()), x));
  }

  private static Value spread(Node root, Value e) {
    return root.operand(0).equals(e) ? root.operand(1) : root.operand(0);
  }

  /** The axis of a reduction of this kind of {@code of}, if it is one axis. */
  static Optional<Integer> axis(Value v, ReduceKind kind, Value of, RewriteContext context) {
    return context
        .producer(Spread.plain(v, context), Reduce.class)
        .filter(n -> n.operand(0).equals(of))
        .map(n -> (Reduce) n.op())
        .filter(r -> r.kind() == kind && r.axes().size() == 1)
        .map(r -> r.axes().get(0));
  }

  /** {@code x} of {@code x - max(x)}; the value itself if it is something else. */
  static Value withoutMaximum(Value v, int axis, RewriteContext context) {
    return context
        .producer(v, ElementwiseKind.SUB)
        .filter(
            n ->
                n.operand(0).type().equals(v.type())
                    && axis(n.operand(1), ReduceKind.MAX, n.operand(0), context)
                        .filter(a -> a == axis)
                        .isPresent())
        .map(n -> n.operand(0))
        .orElse(v);
  }
}
