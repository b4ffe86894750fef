package dev.nncc.tensor.lower;

import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
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

/**
 * A scan over the ranked elements. What stays so far is kept in worker memory, zero for elements
 * that are still to come, so each element can look at a whole row of overlaps.
 */
final class SuppressLowering implements Lowering {
  @Override
  public List<Phase> lower(Region region, LowerContext context) {
    PhaseBuilder phase = new PhaseBuilder(region, context);
    Node node = region.requireAnchor();
    Value candidates = node.operand(0);
    int last = candidates.shape().rank() - 1;
    long n = candidates.shape().dim(last);
    List<String> vars = new ArrayList<>();
    List<Long> extents = new ArrayList<>();
    List<Expr> at = new ArrayList<>();
    for (int a = 0; a < last; a++) {
      vars.add("i" + a);
      extents.add(candidates.shape().dim(a));
      at.add(Domain.at("i" + a, extents.get(a)));
    }
    at.add(Exprs.var("t"));
    List<Expr> row = new ArrayList<>(at);
    row.add(Exprs.var("j"));

    Buffer stays = Buffer.of("k", DType.I32, Space.LOCAL, List.of(n));
    Buffer hit = Buffer.of("h", DType.I32, Space.REG, List.of(1L));
    List<Expr> zero = List.of(Exprs.index(0));
    Expr none = Exprs.number(DType.I32, 0);
    Expr overlap =
        new Expr.Select(
            phase.read(node.operand(1), row), new Expr.Load(stays, List.of(Exprs.var("j"))), none);
    Stmt look =
        Reduce.of(
            hit, zero, BinOp.MAX, List.of("j"), none, overlap, new Expr.Var(Reduce.ACC, DType.I32));
    Expr free = new Expr.Bin(BinOp.EQ, new Expr.Load(hit, zero), none);
    Expr stay = Exprs.and(phase.read(candidates, at), free);
    Expr kept = new Expr.Var("s", DType.BOOL);
    Stmt step =
        Stmt.Block.of(
            List.of(
                Stmt.For.of("j", n, look),
                new Stmt.Let(
                    "s",
                    stay,
                    Stmt.Block.of(
                        List.of(
                            new Stmt.Store(
                                stays,
                                List.of(Exprs.var("t")),
                                new Expr.Select(kept, Exprs.number(DType.I32, 1), none)),
                            new Stmt.Store(
                                phase.result(0), phase.resultStorage(0).index(at), kept))))));
    Stmt clear = new Stmt.Store(stays, List.of(Exprs.var("z")), none);
    Stmt body =
        Stmt.Block.of(
            List.of(
                Stmt.For.of("z", n, clear),
                new Stmt.For("t", Exprs.index(n), Stmt.Kind.SCAN, step)));
    body = new Stmt.Alloc(stays, new Stmt.Alloc(hit, body));
    double work = (double) candidates.shape().elements() * n;
    return List.of(phase.build("suppress", Domain.nest(vars, extents, body), work));
  }
}
