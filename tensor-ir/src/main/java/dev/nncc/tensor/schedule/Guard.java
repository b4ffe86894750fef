package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Bin;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Const;
import dev.nncc.tensor.ir.Expr.Select;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A condition of loop variables alone under which a step of a reduction adds anything: what is
 * summed is a selection between that and the identity.
 */
record Guard(Bin condition) {
  /** Of a reduction with one state, where it has one. */
  static Optional<Guard> of(Stmt leaf) {
    return leaf instanceof Reduce r && r.next().size() == 1
        ? Form.of(r)
            .map(f -> f.values().get(0))
            .filter(v -> v instanceof Select s && isGuard(s.condition()))
            .map(v -> new Guard((Bin) ((Select) v).condition()))
        : Optional.empty();
  }

  /** Whether a condition is of loop variables alone. */
  static boolean isGuard(Expr e) {
    return e instanceof Bin b
        && (b.op() == BinOp.AND && isGuard(b.a()) && isGuard(b.b())
            || b.op() == BinOp.LT && isPlace(b.a()) && isPlace(b.b()));
  }

  private static boolean isPlace(Expr e) {
    return e instanceof Const || Work.isIndex(e);
  }

  /** The conditions that all must hold. */
  List<Guard> parts() {
    return parts(condition).stream().map(c -> new Guard((Bin) c)).toList();
  }

  static List<Expr> parts(Expr condition) {
    if (condition instanceof Bin b && b.op() == BinOp.AND) {
      List<Expr> all = new ArrayList<>(parts(b.a()));
      all.addAll(parts(b.b()));
      return all;
    }
    return List.of(condition);
  }

  boolean moves(Axis a) {
    return Exprs.mentions(condition, a.name());
  }

  /** The same sum without the selection, which costs nothing once the schedule has moved it. */
  static Stmt removed(Stmt leaf) {
    if (of(leaf).isEmpty()) {
      return leaf;
    }
    Reduce r = (Reduce) leaf;
    Bin sum = (Bin) r.next().get(0);
    Expr value = ((Select) sum.b()).yes();
    return new Reduce(
        r.over(),
        r.states(),
        List.of(new Bin(sum.op(), sum.a(), value)),
        r.combine(),
        r.lets(),
        r.outputs());
  }
}
