package dev.nncc.tensor.lower;

import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.CumSum;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.region.Region;
import java.util.ArrayList;
import java.util.List;

/** Running sums: a scan along the axis. */
final class CumSumLowering implements Lowering {
  @Override
  public List<Phase> lower(Region region, LowerContext context) {
    PhaseBuilder phase = new PhaseBuilder(region, context);
    Node node = region.requireAnchor();
    CumSum op = (CumSum) node.op();
    Value x = node.operand(0);
    DType acc = Reductions.accumulator(x.dtype());
    long n = x.shape().dim(op.axis());
    Buffer sum = Buffer.of("s", acc, Space.REG, List.of(1L));
    List<Expr> zero = List.of(Exprs.index(0));
    List<String> vars = new ArrayList<>();
    List<Long> extents = new ArrayList<>();
    List<Expr> at = new ArrayList<>();
    for (int a = 0; a < x.shape().rank(); a++) {
      boolean along = a == op.axis();
      if (!along) {
        vars.add("i" + a);
        extents.add(x.shape().dim(a));
      }
      Expr forward = Exprs.var("t");
      Expr here = op.reverse() ? Exprs.sub(Exprs.index(n - 1), forward) : forward;
      at.add(along ? here : Domain.at("i" + a, x.shape().dim(a)));
    }
    Expr before = new Expr.Load(sum, zero);
    Stmt add = new Stmt.Store(sum, zero, Exprs.add(before, Scalars.cast(acc, phase.read(x, at))));
    Stmt out = new Epilogue(phase, at, -1).anchor(before).stores();
    Stmt step = Stmt.Block.of(op.exclusive() ? List.of(out, add) : List.of(add, out));
    Stmt scan = new Stmt.For("t", Exprs.index(n), Stmt.Kind.SCAN, step);
    Stmt body =
        new Stmt.Alloc(
            sum, Stmt.Block.of(List.of(new Stmt.Store(sum, zero, Exprs.number(acc, 0)), scan)));
    return List.of(phase.build("cumsum", Domain.nest(vars, extents, body), x.shape().elements()));
  }
}
