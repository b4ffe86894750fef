package dev.nncc.passes.recognise;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.Reshape;
import dev.nncc.passes.rewrite.RewriteContext;
import java.util.List;
import java.util.Optional;

/**
 * Reduced values on their way back to the shape they were reduced from: reshapes that only add or
 * drop axes of extent 1 may stand anywhere on it.
 */
final class Spread {
  private Spread() {}

  /** The value in front of such a reshape; the value itself if none makes it. */
  static Value plain(Value v, RewriteContext context) {
    return context
        .producer(v, Reshape.class)
        .filter(n -> isSame(n.operand(0).shape(), v.shape()))
        .map(n -> n.operand(0))
        .orElse(v);
  }

  private static boolean isSame(Shape a, Shape b) {
    return large(a).equals(large(b));
  }

  private static List<Long> large(Shape shape) {
    return java.util.Arrays.stream(shape.toArray()).filter(d -> d != 1).boxed().toList();
  }

  static Optional<Node> producer(Value v, ElementwiseKind kind, RewriteContext context) {
    return context.producer(plain(v, context), kind);
  }

  static Optional<Value> argument(Value v, ElementwiseKind kind, RewriteContext context) {
    return producer(v, kind, context).map(n -> n.operand(0));
  }

  /** The mean that makes the value. */
  static Optional<Node> mean(Value v, RewriteContext context) {
    return context.producer(plain(v, context), Reduce.class).filter(Moments::isMean);
  }

  /** Whether a reduced value meets its elements again when it is broadcast to the whole shape. */
  static boolean isAligned(Shape reduced, Shape whole, List<Integer> axes) {
    int missing = whole.rank() - reduced.rank();
    for (int a = 0; a < whole.rank(); a++) {
      long extent = a < missing ? 1 : reduced.dim(a - missing);
      if (extent != (axes.contains(a) ? 1 : whole.dim(a))) {
        return false;
      }
    }
    return missing >= 0;
  }
}
