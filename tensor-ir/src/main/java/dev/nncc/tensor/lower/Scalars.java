package dev.nncc.tensor.lower;

import dev.nncc.graph.op.ScalarExpr;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import java.util.List;

/** The meaning of elementwise operators as tensor-IR expressions. */
final class Scalars {
  private Scalars() {}

  static Expr inline(ScalarExpr e, List<Expr> args) {
    if (e instanceof ScalarExpr.Arg a) {
      return args.get(a.index());
    }
    if (e instanceof ScalarExpr.Const c) {
      return Exprs.number(c.dtype(), c.value());
    }
    if (e instanceof ScalarExpr.Unary u) {
      return new Expr.Call(Expr.Fn.valueOf(u.fn().name()), inline(u.a(), args));
    }
    if (e instanceof ScalarExpr.Binary b) {
      return new Expr.Bin(
          Expr.BinOp.valueOf(b.fn().name()), inline(b.a(), args), inline(b.b(), args));
    }
    if (e instanceof ScalarExpr.Select s) {
      return new Expr.Select(
          inline(s.condition(), args), inline(s.yes(), args), inline(s.no(), args));
    }
    if (e instanceof ScalarExpr.Cast c) {
      return cast(c.to(), inline(c.a(), args));
    }
    throw new IllegalStateException("scalar expression " + e);
  }

  static Expr cast(dev.nncc.graph.DType to, Expr e) {
    return e.type() == to ? e : new Expr.Cast(to, e);
  }

  /** How often operand {@code i} occurs. */
  static int occurrences(ScalarExpr e, int i) {
    if (e instanceof ScalarExpr.Arg a) {
      return a.index() == i ? 1 : 0;
    }
    int n = 0;
    for (ScalarExpr c : e.children()) {
      n += occurrences(c, i);
    }
    return n;
  }
}
