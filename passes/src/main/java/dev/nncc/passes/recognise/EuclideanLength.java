package dev.nncc.passes.recognise;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.passes.rewrite.RewriteContext;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * {@code sqrt(max(mean(x^2), floor) + epsilon) / scale} over axes, as it is spelled out: a root of
 * a mean or a sum, with something that keeps it away from zero before or behind the root.
 */
record EuclideanLength(List<Integer> axes, double epsilon, double floor, double scale) {
  EuclideanLength {
    axes = List.copyOf(axes);
  }

  static Optional<EuclideanLength> of(Value length, Value x, RewriteContext context) {
    OptionalDouble least = lowerBound(Spread.plain(length, context), context);
    Value root = least.isPresent() ? bounded(length, context) : length;
    Optional<Value> square = Spread.argument(root, ElementwiseKind.SQRT, context);
    if (square.isEmpty() || !x.dtype().isFloat()) {
      return Optional.empty();
    }
    double floor = least.isPresent() ? least.getAsDouble() * least.getAsDouble() : 0;
    Value v = Spread.plain(square.get(), context);
    Optional<Node> sum = context.producer(v, ElementwiseKind.ADD);
    if (sum.isPresent()) {
      OptionalDouble epsilon = context.uniform(sum.get().operand(1));
      return epsilon.isEmpty() || epsilon.getAsDouble() < 0 || floor > 0
          ? Optional.empty()
          : squares(sum.get().operand(0), x, epsilon.getAsDouble(), 0, context);
    }
    OptionalDouble within = lowerBound(v, context);
    return within.isPresent()
        ? squares(bounded(v, context), x, 0, Math.max(floor, within.getAsDouble()), context)
        : squares(v, x, 0, floor, context);
  }

  /** The bound of {@code max(v, bound)}, if it is not negative. */
  private static OptionalDouble lowerBound(Value v, RewriteContext context) {
    return context
        .producer(v)
        .filter(
            n ->
                n.op() instanceof Elementwise e
                    && e.kind() == ElementwiseKind.CLIP
                    && e.params().get(0) >= 0
                    && e.params().get(1) == Double.POSITIVE_INFINITY)
        .map(n -> OptionalDouble.of(((Elementwise) n.op()).params().get(0)))
        .orElse(OptionalDouble.empty());
  }

  private static Value bounded(Value v, RewriteContext context) {
    return context.producer(Spread.plain(v, context)).orElseThrow().operand(0);
  }

  /** Of a sum of squares, epsilon and floor become those of the mean. */
  private static Optional<EuclideanLength> squares(
      Value v, Value x, double epsilon, double floor, RewriteContext context) {
    Optional<Node> reduction = context.producer(Spread.plain(v, context), Reduce.class);
    if (reduction.isEmpty()) {
      return Optional.empty();
    }
    Reduce r = (Reduce) reduction.get().op();
    boolean ofX =
        context
            .producer(reduction.get().operand(0), ElementwiseKind.MUL)
            .filter(n -> n.operands().equals(List.of(x, x)))
            .isPresent();
    boolean mean = r.kind() == ReduceKind.MEAN;
    if (!ofX || r.axes().isEmpty() || !mean && r.kind() != ReduceKind.SUM) {
      return Optional.empty();
    }
    double n = 1;
    for (int axis : r.axes()) {
      n *= x.type().dim(axis);
    }
    return mean
        ? Optional.of(new EuclideanLength(r.axes(), epsilon, floor, 1))
        : Optional.of(new EuclideanLength(r.axes(), epsilon / n, floor / n, 1 / Math.sqrt(n)));
  }
}
