package dev.nncc.codegen.llvm.emit;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Bin;
import dev.nncc.tensor.ir.Expr.Call;
import dev.nncc.tensor.ir.Expr.Cast;
import dev.nncc.tensor.ir.Expr.Const;
import dev.nncc.tensor.ir.Expr.Fn;
import dev.nncc.tensor.ir.Expr.Var;
import java.util.Map;

/** What is plain to see of a float expression: bounds, and whether it can be NaN. */
final class Intervals {
  /** Bounds of the value, unless it is NaN. */
  private record Interval(double lo, double hi) {
    static final Interval ALL = new Interval(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
  }

  private final Map<String, Expr> lets;

  Intervals(Map<String, Expr> lets) {
    this.lets = lets;
  }

  /** Whether the value truncates to one of the integer type, or is NaN. */
  boolean fits(Expr e, DType t) {
    if (!t.isInteger() || t.bytes() == 8) {
      return false;
    }
    int bits = 8 * t.bytes();
    double low = t.isSigned() ? -Math.scalb(1.0, bits - 1) : 0;
    double high = Math.scalb(1.0, t.isSigned() ? bits - 1 : bits) - 1;
    Interval i = of(e);
    return i.lo >= low && i.hi <= high;
  }

  private Interval of(Expr e) {
    if (e instanceof Const c) {
      return new Interval(c.number(), c.number());
    }
    if (e instanceof Var v && lets.containsKey(v.name())) {
      return of(lets.get(v.name()));
    }
    if (e instanceof Bin b) {
      Interval x = of(b.a());
      Interval y = of(b.b());
      return switch (b.op()) {
        case MIN -> new Interval(Math.min(x.lo, y.lo), Math.min(x.hi, y.hi));
        case MAX -> new Interval(Math.max(x.lo, y.lo), Math.max(x.hi, y.hi));
        default -> Interval.ALL;
      };
    }
    if (e instanceof Call c) {
      Interval x = of(c.a());
      return switch (c.fn()) {
        case FLOOR -> new Interval(Math.floor(x.lo), Math.floor(x.hi));
        case CEIL -> new Interval(Math.ceil(x.lo), Math.ceil(x.hi));
        case ROUND -> new Interval(Math.rint(x.lo), Math.rint(x.hi));
        default -> Interval.ALL;
      };
    }
    return Interval.ALL;
  }

  /** Whether the value is certainly not NaN. */
  boolean isNumber(Expr e) {
    if (e instanceof Const c) {
      return !Double.isNaN(c.number());
    }
    if (e instanceof Var v && lets.containsKey(v.name())) {
      return isNumber(lets.get(v.name()));
    }
    if (e instanceof Cast c) {
      return !c.e().type().isFloat();
    }
    if (e instanceof Call c && (c.fn() == Fn.ABS || c.fn() == Fn.NEG || c.fn() == Fn.FLOOR)) {
      return isNumber(c.a());
    }
    return e instanceof Bin b
        && (b.op() == Expr.BinOp.MAX || b.op() == Expr.BinOp.MIN)
        && isNumber(b.a())
        && isNumber(b.b());
  }
}
