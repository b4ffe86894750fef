package dev.nncc.passes.recognise;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.passes.rewrite.RewriteContext;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Mean and variance of {@code x} over all axes from {@code axis} on, as they are spelled out.
 *
 * @param mean the value that holds the mean
 */
record Moments(Value x, Value mean, int axis, double epsilon) {
  /** Of {@code sqrt(mean((x - mean(x))^2) + eps)}. */
  static Optional<Moments> ofDeviation(Value v, RewriteContext context) {
    Optional<Node> sum =
        Terms.argument(v, ElementwiseKind.SQRT, context)
            .flatMap(s -> context.producer(s, ElementwiseKind.ADD));
    if (sum.isEmpty()) {
      return Optional.empty();
    }
    OptionalDouble epsilon = context.uniform(sum.get().operand(1));
    Optional<Node> variance = mean(sum.get().operand(0), context);
    Optional<Node> square =
        variance
            .flatMap(n -> context.producer(n.operand(0), ElementwiseKind.MUL))
            .filter(n -> n.operand(0).equals(n.operand(1)));
    Optional<Node> difference =
        square.flatMap(n -> context.producer(n.operand(0), ElementwiseKind.SUB));
    if (epsilon.isEmpty() || difference.isEmpty()) {
      return Optional.empty();
    }
    Value x = difference.get().operand(0);
    Value mean = difference.get().operand(1);
    return mean(mean, context)
        .filter(n -> n.operand(0).equals(x) && n.op().equals(variance.orElseThrow().op()))
        .filter(n -> x.dtype().isFloat())
        .map(n -> new Moments(x, mean, ((Reduce) n.op()).axes().get(0), epsilon.getAsDouble()));
  }

  /** The mean over all axes from some one on that makes {@code v}. */
  private static Optional<Node> mean(Value v, RewriteContext context) {
    return context
        .producer(v, Reduce.class)
        .filter(
            n -> {
              Reduce r = (Reduce) n.op();
              int rank = n.operand(0).shape().rank();
              return r.kind() == ReduceKind.MEAN
                  && r.keepDims()
                  && !r.axes().isEmpty()
                  && r.axes().get(0) == rank - r.axes().size();
            });
  }
}
