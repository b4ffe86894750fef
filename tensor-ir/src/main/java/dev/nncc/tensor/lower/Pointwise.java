package dev.nncc.tensor.lower;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Cast;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.tensor.ir.Expr;
import java.util.ArrayList;
import java.util.List;

/** Elements of what a region computes in front of its anchor, as one expression. */
final class Pointwise {
  private Pointwise() {}

  /**
   * @param loose as in {@link PhaseBuilder#read(Value, List, int)}
   */
  static Expr at(PhaseBuilder phase, Value v, List<Expr> index, int loose) {
    if (!phase.isMadeInside(v)) {
      return phase.readBroadcast(v, index, loose);
    }
    Node n = phase.region().body().producer(v).orElseThrow();
    List<Expr> args = new ArrayList<>();
    for (Value o : n.operands()) {
      args.add(operand(phase, o, index, loose));
    }
    if (n.op() instanceof Cast c) {
      return Scalars.cast(c.to(), args.get(0));
    }
    if (n.op() instanceof Elementwise e) {
      Value last = n.operands().get(n.operands().size() - 1);
      return Scalars.inline(e.kind().expr(last.dtype(), e.params()), args);
    }
    throw new IllegalStateException(n.op().name() + " in front of an anchor");
  }

  /** An operand that may be smaller than what is computed. */
  private static Expr operand(PhaseBuilder phase, Value o, List<Expr> index, int loose) {
    List<Expr> at = PhaseBuilder.broadcast(index, o.shape());
    int axis = loose - (index.size() - o.shape().rank());
    boolean spans = loose >= 0 && axis >= 0 && o.shape().dim(axis) != 1;
    return at(phase, o, at, spans ? axis : -1);
  }
}
