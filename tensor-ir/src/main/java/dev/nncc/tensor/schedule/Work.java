package dev.nncc.tensor.schedule;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Bin;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Call;
import dev.nncc.tensor.ir.Expr.Load;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt;

/** Estimates of the arithmetic in a statement, indices left aside. */
final class Work {
  private static final int ELEMENTARY = 15;
  private static final int DIVISION = 6;

  private Work() {}

  /** Simple operations of one run of the statement. */
  static double of(Stmt s) {
    double[] sum = {0};
    s.mapChildren(
        c -> {
          sum[0] += of(c);
          return c;
        },
        e -> {
          sum[0] += of(e);
          return e;
        });
    return sum[0];
  }

  private static double of(Expr e) {
    if (e instanceof Load || isIndex(e)) {
      return 0;
    }
    double[] sum = {cost(e)};
    e.mapChildren(
        c -> {
          sum[0] += of(c);
          return c;
        });
    return sum[0];
  }

  private static double cost(Expr e) {
    if (e instanceof Bin b) {
      return b.op() == BinOp.POW ? 2 * ELEMENTARY : b.op() == BinOp.DIV ? DIVISION : 1;
    }
    if (e instanceof Call c) {
      return switch (c.fn()) {
        case NEG, ABS, FLOOR, CEIL, ROUND, NOT, IS_NAN, IS_INF -> 1;
        case SQRT -> DIVISION;
        default -> ELEMENTARY;
      };
    }
    return e instanceof Expr.Select || e instanceof Expr.Cast ? 1 : 0;
  }

  /** Bytes of the widest type in the values, which decides how many lanes fit a register. */
  static int widest(Stmt s) {
    int[] bytes = {1};
    if (s instanceof Stmt.Store t) {
      return Math.max(t.buffer().type().bytes(), widest(t.value()));
    }
    if (s instanceof Stmt.Update u) {
      return Math.max(u.buffer().type().bytes(), widest(u.value()));
    }
    if (s instanceof Reduce r) {
      r.states().forEach(x -> bytes[0] = Math.max(bytes[0], x.type().bytes()));
      r.next().forEach(x -> bytes[0] = Math.max(bytes[0], widest(x)));
      r.lets().forEach(x -> bytes[0] = Math.max(bytes[0], widest(x.value())));
      r.outputs().forEach(x -> bytes[0] = Math.max(bytes[0], widest(x.value())));
      return bytes[0];
    }
    s.mapChildren(
        c -> {
          bytes[0] = Math.max(bytes[0], widest(c));
          return c;
        },
        e -> {
          bytes[0] = Math.max(bytes[0], widest(e));
          return e;
        });
    return bytes[0];
  }

  private static int widest(Expr e) {
    if (e instanceof Load l) {
      return l.type().bytes();
    }
    if (isIndex(e)) {
      return 1;
    }
    int[] bytes = {e.type().bytes()};
    e.mapChildren(
        c -> {
          bytes[0] = Math.max(bytes[0], widest(c));
          return c;
        });
    return bytes[0];
  }

  /** An i64 expression of loop variables only: addresses and positions. */
  static boolean isIndex(Expr e) {
    if (e.type() != DType.I64) {
      return false;
    }
    return !Exprs.any(e, x -> x.type() != DType.I64 || x instanceof Load);
  }
}
