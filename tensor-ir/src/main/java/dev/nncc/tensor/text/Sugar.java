package dev.nncc.tensor.text;

import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Bin;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Var;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Reduce;
import java.util.List;
import java.util.Optional;

/** The reductions with one accumulator, one operator and one output, which have a short form. */
record Sugar(
    Buffer buffer, List<Expr> index, BinOp op, Expr init, Expr value, Expr finish, Reduce reduce) {

  static Optional<Sugar> of(Reduce r) {
    if (r.states().size() != 1 || r.outputs().size() != 1 || !(r.next().get(0) instanceof Bin b)) {
      return Optional.empty();
    }
    Reduce.Output o = r.outputs().get(0);
    if (!r.combine().flatMap(Reduce.Combine::op).equals(Optional.of(b.op()))) {
      return Optional.empty();
    }
    Expr init = r.states().get(0).init();
    Reduce again = Reduce.of(o.buffer(), o.index(), b.op(), r.over(), init, b.b(), o.value());
    return again.equals(r)
        ? Optional.of(new Sugar(o.buffer(), o.index(), b.op(), init, b.b(), o.value(), r))
        : Optional.empty();
  }

  boolean hasPlainInit() {
    return init.equals(Exprs.identity(op, value.type()));
  }

  boolean hasPlainFinish() {
    return finish instanceof Var v && v.name().equals(Reduce.ACC);
  }
}
