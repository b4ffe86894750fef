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
 * Mean and variance of {@code x} over some axes, as they are spelled out.
 *
 * @param epsilon what is added to the variance
 */
record Moments(Value x, List<Integer> axes, double epsilon) {
  Moments {
    axes = List.copyOf(axes);
  }

  /**
   * Of {@code sqrt(variance + eps)}, the variance as the mean of {@code (x - mean)^2} or as {@code
   * mean(x^2) - mean^2}, cut off below zero or not.
   */
  static Optional<Moments> ofDeviation(Value v, RewriteContext context) {
    Optional<Node> sum =
        Spread.argument(v, ElementwiseKind.SQRT, context)
            .flatMap(s -> Spread.producer(s, ElementwiseKind.ADD, context));
    if (sum.isEmpty()) {
      return Optional.empty();
    }
    OptionalDouble epsilon = context.uniform(sum.get().operand(1));
    Value variance = sum.get().operand(0);
    return epsilon.isEmpty()
        ? Optional.empty()
        : ofDifferences(variance, epsilon.getAsDouble(), context)
            .or(() -> ofSquares(variance, epsilon.getAsDouble(), context));
  }

  private static Optional<Moments> ofDifferences(
      Value variance, double epsilon, RewriteContext context) {
    Optional<Node> mean = Spread.mean(variance, context);
    Optional<Value> difference = mean.flatMap(n -> squared(n.operand(0), context));
    Optional<Node> sub = difference.flatMap(d -> context.producer(d, ElementwiseKind.SUB));
    if (sub.isEmpty()) {
      return Optional.empty();
    }
    Value x = sub.get().operand(0);
    Moments m = new Moments(x, ((Reduce) mean.orElseThrow().op()).axes(), epsilon);
    return m.isMean(sub.get().operand(1), context) && m.fits(difference.orElseThrow())
        ? Optional.of(m)
        : Optional.empty();
  }

  private static Optional<Moments> ofSquares(
      Value variance, double epsilon, RewriteContext context) {
    Value v = Spread.plain(variance, context);
    Optional<Node> cut = context.producer(v).filter(Moments::cutsBelowZero);
    Optional<Node> sub =
        Spread.producer(cut.map(n -> n.operand(0)).orElse(v), ElementwiseKind.SUB, context);
    Optional<Node> mean = sub.flatMap(n -> Spread.mean(n.operand(0), context));
    Optional<Value> x = mean.flatMap(n -> squared(n.operand(0), context));
    Optional<Value> ofMean = sub.flatMap(n -> squared(n.operand(1), context));
    if (x.isEmpty() || ofMean.isEmpty()) {
      return Optional.empty();
    }
    Moments m = new Moments(x.get(), ((Reduce) mean.orElseThrow().op()).axes(), epsilon);
    return m.isMean(ofMean.get(), context) && x.get().dtype().isFloat()
        ? Optional.of(m)
        : Optional.empty();
  }

  private static boolean cutsBelowZero(Node n) {
    return RewriteContext.isKind(n, ElementwiseKind.RELU)
        || n.op() instanceof Elementwise e
            && e.kind() == ElementwiseKind.CLIP
            && e.params().get(0) == 0
            && e.params().get(1) == Double.POSITIVE_INFINITY;
  }

  /**
   * {@code d} of {@code d * d}, also of {@code d * (d + c)}: of a difference from the mean the mean
   * of {@code d * c} is zero, and so some write it to keep away from zero.
   */
  private static Optional<Value> squared(Value square, RewriteContext context) {
    Optional<Node> product = Spread.producer(square, ElementwiseKind.MUL, context);
    if (product.isEmpty()) {
      return Optional.empty();
    }
    Value a = product.get().operand(0);
    Value b = product.get().operand(1);
    if (a.equals(b)) {
      return Optional.of(a);
    }
    return isShifted(b, a, context)
        ? Optional.of(a)
        : isShifted(a, b, context) ? Optional.of(b) : Optional.empty();
  }

  private static boolean isShifted(Value shifted, Value d, RewriteContext context) {
    return context.producer(d, ElementwiseKind.SUB).isPresent()
        && context
            .producer(shifted, ElementwiseKind.ADD)
            .filter(n -> n.operand(0).equals(d) && context.uniform(n.operand(1)).isPresent())
            .isPresent();
  }

  /** Whether the value is the mean of {@code x}, broadcast against it. */
  boolean isMean(Value v, RewriteContext context) {
    return Spread.mean(v, context)
        .filter(n -> n.operand(0).equals(x) && ((Reduce) n.op()).axes().equals(axes))
        .isPresent();
  }

  private boolean fits(Value difference) {
    return x.dtype().isFloat() && difference.type().equals(x.type());
  }

  /** Whether the value is {@code x - mean}. */
  boolean isDifference(Value v, RewriteContext context) {
    return context
        .producer(v, ElementwiseKind.SUB)
        .filter(n -> n.operand(0).equals(x) && isMean(n.operand(1), context))
        .filter(n -> Spread.isAligned(n.operand(1).shape(), x.shape(), axes))
        .isPresent();
  }

  /** The kind of reduction that a mean is. */
  static boolean isMean(Node n) {
    return n.op() instanceof Reduce r && r.kind() == ReduceKind.MEAN && !r.axes().isEmpty();
  }
}
