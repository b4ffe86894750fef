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
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/** {@code exp(x - max(x)) / sum(exp(x - max(x))) -> Softmax(x)} along one axis. */
public record RecogniseSoftmax() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!RewriteContext.isKind(root, ElementwiseKind.DIV)) {
      return Optional.empty();
    }
    Value e = root.operand(0);
    Optional<Node> sum =
        reduction(root.operand(1), ReduceKind.SUM, context).filter(n -> n.operand(0).equals(e));
    Optional<Node> difference =
        Terms.argument(e, ElementwiseKind.EXP, context)
            .flatMap(v -> context.producer(v, ElementwiseKind.SUB));
    if (sum.isEmpty() || difference.isEmpty()) {
      return Optional.empty();
    }
    Value x = difference.get().operand(0);
    Optional<Node> max =
        reduction(difference.get().operand(1), ReduceKind.MAX, context)
            .filter(n -> n.operand(0).equals(x) && axis(n) == axis(sum.get()));
    return max.isPresent() && x.type().equals(root.result().type())
        ? Replacement.by(context.add(new Softmax(axis(max.get())), x))
        : Optional.empty();
  }

  private static Optional<Node> reduction(Value v, ReduceKind kind, RewriteContext context) {
    return context
        .producer(v, Reduce.class)
        .filter(
            n -> {
              Reduce r = (Reduce) n.op();
              return r.kind() == kind && r.keepDims() && r.axes().size() == 1;
            });
  }

  private static int axis(Node reduction) {
    return ((Reduce) reduction.op()).axes().get(0);
  }
}
