package dev.nncc.tensor.schedule;

import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Bin;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Const;
import dev.nncc.tensor.ir.Exprs;
import java.util.List;
import java.util.Optional;

/**
 * Two reduced loops of which the last block is not full: what is summed is selected by {@code outer
 * * size + inner < end}. {@link Trim} leaves the missing steps out.
 *
 * @param kept iterations of the inner loop in the last block
 */
record ChannelTail(Axis outer, Axis inner, long kept) {
  /** Of a nest, where it has one. */
  static Optional<ChannelTail> of(NestModel n) {
    Optional<Bin> guard =
        n.guard().map(Guard::condition).filter(c -> c.op() == BinOp.LT && c.b() instanceof Const);
    if (guard.isEmpty()) {
      return Optional.empty();
    }
    Expr at = guard.get().a();
    List<Axis> moved = n.axes().stream().filter(a -> Exprs.mentions(at, a.name())).toList();
    if (moved.size() != 2 || moved.stream().anyMatch(a -> !a.reduce() || a.symbolic())) {
      return Optional.empty();
    }
    Affine e = Affine.of(at);
    boolean swapped = e.coefficient(moved.get(0).name()) < e.coefficient(moved.get(1).name());
    Axis outer = moved.get(swapped ? 1 : 0);
    Axis inner = moved.get(swapped ? 0 : 1);
    long kept = ((Const) guard.get().b()).integer() % inner.extent();
    boolean blocks =
        e.coefficient(inner.name()) == 1 && e.coefficient(outer.name()) == inner.extent();
    return blocks && kept > 0 ? Optional.of(new ChannelTail(outer, inner, kept)) : Optional.empty();
  }

  /** How many steps of the inner loop may stand together: they are all there or none. */
  long together() {
    long a = inner.extent();
    long b = kept;
    while (b != 0) {
      long r = a % b;
      a = b;
      b = r;
    }
    return a;
  }
}
