package dev.nncc.passes.simplify;

import dev.nncc.graph.Constant;
import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Cast;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.Expand;
import dev.nncc.graph.op.Gather;
import dev.nncc.graph.op.Pad;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.PoolKind;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Softmax;
import dev.nncc.graph.op.Tile;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.rewrite.RewriteContext;

/**
 * What is known of the numbers of a value without running the model. Inputs of float types may hold
 * anything, so this is about what comes from integers, constants, and bounded functions of them.
 */
final class Numbers {
  /** Nodes that are looked through; formulas double at each operator with two operands. */
  private static final int DEPTH = 8;

  private static final long MOST_CHECKED = 1 << 16;

  private Numbers() {}

  /** Whether no element can be infinite or NaN. */
  static boolean areFinite(Value v, RewriteContext context) {
    return finite(v, context, DEPTH);
  }

  private static boolean finite(Value v, RewriteContext context, int depth) {
    if (!v.dtype().isFloat()) {
      return true;
    }
    Node n = context.producer(v).orElse(null);
    if (n == null || depth == 0) {
      return false;
    }
    if (n.op() instanceof Constant c) {
      return isFinite(c.tensor());
    }
    if (n.op() instanceof Cast) {
      DType from = n.operand(0).dtype();
      return from.isFloat()
          ? from.bytes() <= v.dtype().bytes()
              && from != DType.BF16
              && finite(n.operand(0), context, depth - 1)
          : v.dtype() != DType.F16 || from.bytes() == 1;
    }
    if (n.op() instanceof Elementwise e) {
      return finite(e, n, context, depth - 1);
    }
    boolean passes =
        n.op() instanceof Reshape
            || n.op() instanceof Transpose
            || n.op() instanceof Slice
            || n.op() instanceof Expand
            || n.op() instanceof Tile
            || n.op() instanceof Concat
            || n.op() instanceof Gather
            || n.op() instanceof Softmax
            || n.op() instanceof Pad p && Double.isFinite(p.value())
            || n.op() instanceof Pool q && q.kind() == PoolKind.MAX && q.padsEnd().equals(none(q))
            || n.op() instanceof Reduce r && picks(r, n.operand(0));
    return passes && n.operands().stream().allMatch(o -> finite(o, context, depth - 1));
  }

  /** A window of a maximum never lies in padding alone if there is none. */
  private static java.util.List<Long> none(Pool q) {
    boolean plain = !q.ceilMode() && q.padsBegin().stream().allMatch(p -> p == 0);
    return plain ? java.util.Collections.nCopies(q.kernel().size(), 0L) : java.util.List.of();
  }

  private static boolean picks(Reduce r, Value x) {
    return (r.kind() == ReduceKind.MAX || r.kind() == ReduceKind.MIN) && x.shape().elements() > 0;
  }

  private static boolean finite(Elementwise e, Node n, RewriteContext context, int depth) {
    return switch (e.kind()) {
      case SIGMOID, TANH, ERF, HARD_SIGMOID, SIGN, ATAN -> number(n.operand(0), context, depth);
      case CLIP ->
          Double.isFinite(e.params().get(0))
                  && Double.isFinite(e.params().get(1))
                  && number(n.operand(0), context, depth)
              || finite(n.operand(0), context, depth) && e.params().stream().noneMatch(isNan());
      case NEG, ABS, FLOOR, CEIL, ROUND, RELU, IDENTITY, SIN, COS, SOFTSIGN ->
          finite(n.operand(0), context, depth);
      case MIN, MAX -> both(n, 0, context, depth);
      case WHERE -> both(n, 1, context, depth);
      default -> false;
    };
  }

  private static java.util.function.Predicate<Double> isNan() {
    return d -> d.isNaN();
  }

  private static boolean both(Node n, int first, RewriteContext context, int depth) {
    return finite(n.operand(first), context, depth) && finite(n.operand(first + 1), context, depth);
  }

  /** Whether no element can be NaN; of sums and products of finite numbers none is. */
  private static boolean number(Value v, RewriteContext context, int depth) {
    if (depth == 0) {
      return false;
    }
    Node n = context.producer(v).orElse(null);
    if (n != null && n.op() instanceof Elementwise e) {
      boolean known =
          switch (e.kind()) {
            case ADD, SUB, MUL -> both(n, 0, context, depth - 1);
            case EXP, NEG, ABS, RELU, SOFTPLUS -> number(n.operand(0), context, depth - 1);
            default -> false;
          };
      if (known) {
        return true;
      }
    }
    return finite(v, context, depth);
  }

  private static boolean isFinite(Tensor t) {
    if (t.elements() > MOST_CHECKED) {
      return false;
    }
    Tensor.Elements e = t.reader();
    for (long i = 0; i < t.elements(); i++) {
      if (!Double.isFinite(e.number(i))) {
        return false;
      }
    }
    return true;
  }
}
