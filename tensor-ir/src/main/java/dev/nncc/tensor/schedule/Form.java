package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Bin;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Var;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Reduce;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A reduction whose states do not depend on each other and each take {@code state op value}: its
 * steps are updates in place, lanes and partial results merge by the same operators.
 */
record Form(List<BinOp> ops, List<Expr> values) {
  static final Set<BinOp> REDUCING =
      EnumSet.of(BinOp.ADD, BinOp.MUL, BinOp.MIN, BinOp.MAX, BinOp.AND, BinOp.OR, BinOp.XOR);

  static Optional<Form> of(Reduce r) {
    if (r.combine().isEmpty()) {
      return Optional.empty();
    }
    List<BinOp> ops = new ArrayList<>();
    List<Expr> values = new ArrayList<>();
    for (int i = 0; i < r.states().size(); i++) {
      Reduce.State s = r.states().get(i);
      Expr me = new Var(s.name(), s.type());
      Expr other = new Var(s.name() + "'", s.type());
      if (!(r.next().get(i) instanceof Bin b)
          || !REDUCING.contains(b.op())
          || !b.a().equals(me)
          || mentionsState(r, b.b())
          || !r.combine().get().merged().get(i).equals(new Bin(b.op(), me, other))) {
        return Optional.empty();
      }
      ops.add(b.op());
      values.add(b.b());
    }
    return Optional.of(new Form(ops, values));
  }

  static boolean mentionsState(Reduce r, Expr e) {
    return Exprs.any(e, x -> x instanceof Var v && isState(r, v.name()));
  }

  private static boolean isState(Reduce r, String name) {
    for (Reduce.State s : r.states()) {
      if (s.name().equals(name)) {
        return true;
      }
    }
    return false;
  }
}
