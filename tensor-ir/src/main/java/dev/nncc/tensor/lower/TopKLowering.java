package dev.nncc.tensor.lower;

import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.TopK;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.region.Region;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The k best by repeated selection: each round takes the best element that ranks after the one
 * before. Equal elements rank by index.
 */
final class TopKLowering implements Lowering {
  private static final List<Expr> ZERO = List.of(Exprs.index(0));

  @Override
  public List<Phase> lower(Region region, LowerContext context) {
    PhaseBuilder phase = new PhaseBuilder(region, context);
    Node node = region.requireAnchor();
    TopK op = (TopK) node.op();
    Value x = node.operand(0);
    DType t = x.dtype();
    Buffer lastValue = Buffer.of("pv", t, Space.REG, List.of(1L));
    Buffer lastIndex = Buffer.of("pi", DType.I64, Space.REG, List.of(1L));
    Buffer bestValue = Buffer.of("cv", t, Space.REG, List.of(1L));
    Buffer bestIndex = Buffer.of("ci", DType.I64, Space.REG, List.of(1L));
    List<String> vars = new ArrayList<>();
    List<Long> extents = new ArrayList<>();
    List<Expr> read = new ArrayList<>();
    List<Expr> write = new ArrayList<>();
    for (int a = 0; a < x.shape().rank(); a++) {
      boolean along = a == op.axis();
      if (!along) {
        vars.add("i" + a);
        extents.add(x.shape().dim(a));
      }
      Expr here = x.shape().dim(a) == 1 && !along ? Exprs.index(0) : Exprs.var("i" + a);
      read.add(along ? Exprs.var("r") : here);
      write.add(along ? Exprs.var("j") : here);
    }
    Expr r = Exprs.var("r");
    Expr value = phase.read(x, read);
    Expr pv = new Expr.Load(lastValue, ZERO);
    Expr pi = new Expr.Load(lastIndex, ZERO);
    Expr later = op.largest() ? Exprs.lt(value, pv) : Exprs.lt(pv, value);
    Expr tie = Exprs.and(new Expr.Bin(BinOp.EQ, value, pv), Exprs.lt(pi, r));
    Expr open = or(new Expr.Bin(BinOp.EQ, Exprs.var("j"), Exprs.index(0)), or(later, tie));
    Expr.Var best = new Expr.Var("best", t);
    Expr.Var where = new Expr.Var("where", DType.I64);
    Expr ahead = op.largest() ? Exprs.lt(best, value) : Exprs.lt(value, best);
    Expr take = Exprs.and(open, or(Exprs.lt(where, Exprs.index(0)), ahead));
    Stmt leaf =
        new Reduce(
            List.of("r"),
            List.of(
                new Reduce.State("best", t, Exprs.number(t, 0)),
                new Reduce.State("where", DType.I64, Exprs.index(-1))),
            List.of(new Expr.Select(take, value, best), new Expr.Select(take, r, where)),
            Optional.empty(),
            List.of(
                new Reduce.Output(bestValue, ZERO, best),
                new Reduce.Output(bestIndex, ZERO, where)));
    Expr cv = new Expr.Load(bestValue, ZERO);
    Expr ci = new Expr.Load(bestIndex, ZERO);
    Stmt round =
        Stmt.Block.of(
            List.of(
                Stmt.For.of("r", x.shape().dim(op.axis()), leaf),
                new Stmt.Store(lastValue, ZERO, cv),
                new Stmt.Store(lastIndex, ZERO, ci),
                new Stmt.Store(phase.result(0), phase.resultStorage(0).index(write), cv),
                new Stmt.Store(
                    phase.result(1),
                    phase.resultStorage(1).index(write),
                    Exprs.max(ci, Exprs.index(0)))));
    Stmt body = new Stmt.For("j", Exprs.index(op.k()), Stmt.Kind.SCAN, round);
    body =
        Stmt.Block.of(
            List.of(
                new Stmt.Store(lastValue, ZERO, Exprs.number(t, 0)),
                new Stmt.Store(lastIndex, ZERO, Exprs.index(-1)),
                body));
    for (Buffer b : List.of(bestIndex, bestValue, lastIndex, lastValue)) {
      body = new Stmt.Alloc(b, body);
    }
    double flops = (double) op.k() * x.shape().elements();
    return List.of(phase.build("top_k", Domain.nest(vars, extents, body), flops));
  }

  private static Expr or(Expr a, Expr b) {
    return new Expr.Bin(BinOp.OR, a, b);
  }
}
