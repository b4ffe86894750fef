package dev.nncc.passes.recognise;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.LogSoftmax;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.Softmax;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.List;
import java.util.Optional;

/**
 * {@code log(Softmax(x)) -> LogSoftmax(x)}, {@code x - log(sum(exp(x))) -> LogSoftmax(x)}, the
 * latter also of {@code x - max(x)}.
 */
public record RecogniseLogSoftmax() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Roots roots() {
    return Roots.of(ElementwiseKind.LOG, ElementwiseKind.SUB);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (RewriteContext.isKind(root, ElementwiseKind.LOG)) {
      return context
          .onlyFor(root.operand(0), Softmax.class)
          .flatMap(
              n -> {
                LogSoftmax log = new LogSoftmax(((Softmax) n.op()).axis());
                return Replacement.by(context.add(log, n.operand(0)));
              });
    }
    if (!RewriteContext.isKind(root, ElementwiseKind.SUB)) {
      return Optional.empty();
    }
    Value shifted = root.operand(0);
    Optional<Value> sum = Spread.argument(root.operand(1), ElementwiseKind.LOG, context);
    Optional<Node> exp =
        context.users(shifted).stream()
            .filter(n -> RewriteContext.isKind(n, ElementwiseKind.EXP))
            .findFirst();
    if (sum.isEmpty() || exp.isEmpty() || !shifted.type().equals(root.result().type())) {
      return Optional.empty();
    }
    return RecogniseSoftmax.axis(sum.get(), ReduceKind.SUM, exp.get().result(), context)
        .filter(a -> Spread.isAligned(root.operand(1).shape(), shifted.shape(), List.of(a)))
        .flatMap(
            a -> {
              Value x = RecogniseSoftmax.withoutMaximum(shifted, a, context);
              return Replacement.by(context.add(new LogSoftmax(a), x));
            });
  }
}
