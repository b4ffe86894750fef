package dev.nncc.passes.fold;

import dev.nncc.graph.Node;
import dev.nncc.graph.Op;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.PoolKind;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.passes.rewrite.RewriteContext;
import java.util.List;
import java.util.Optional;

/**
 * An average over windows of an image, or over all of it, channel by channel.
 *
 * @param weighsAll whether each window's numbers weigh one together: not where padding counts, or a
 *     window reaches past it
 */
record Averaging(Op op, boolean weighsAll, double taps) {
  static Optional<Averaging> of(Node n) {
    if (n.op() instanceof Pool p && p.kind() == PoolKind.AVERAGE) {
      boolean padded =
          p.padsBegin().stream().anyMatch(b -> b > 0) || p.padsEnd().stream().anyMatch(e -> e > 0);
      double taps = p.kernel().stream().mapToDouble(k -> k).reduce(1, (a, b) -> a * b);
      return Optional.of(new Averaging(p, !(padded && p.countPad()), taps));
    }
    if (n.op() instanceof Reduce r
        && r.kind() == ReduceKind.MEAN
        && n.operand(0).shape().rank() > 2
        && isSpatial(r.axes(), n.operand(0).shape().rank())) {
      double taps = 1;
      for (int axis : r.axes()) {
        taps *= n.operand(0).type().dim(axis);
      }
      return Optional.of(new Averaging(r, n.operand(0).shape().elements() > 0, taps));
    }
    return Optional.empty();
  }

  private static boolean isSpatial(List<Integer> axes, int rank) {
    return axes.size() == rank - 2 && axes.get(0) == 2;
  }

  /** The average of another value with as many axes; of a Reduce with all axes kept. */
  Value add(Value x, RewriteContext context) {
    return op instanceof Reduce r
        ? context.add(new Reduce(r.kind(), r.axes(), true), x)
        : context.add(op, x);
  }

  /** Whether the axes that are averaged stay with extent 1. */
  boolean keepsAxes() {
    return !(op instanceof Reduce r) || r.keepDims();
  }
}
