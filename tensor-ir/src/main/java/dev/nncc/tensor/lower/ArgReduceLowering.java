package dev.nncc.tensor.lower;

import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ArgReduce;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.region.Region;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Position of the largest or smallest element: a reduction with two states whose order is kept. */
final class ArgReduceLowering implements Lowering {
  @Override
  public List<Phase> lower(Region region, LowerContext context) {
    PhaseBuilder phase = new PhaseBuilder(region, context);
    Node node = region.requireAnchor();
    ArgReduce op = (ArgReduce) node.op();
    Value x = node.operand(0);
    Domain out = Domain.of(phase.resultStorage(0), "i");
    List<Expr> at = new ArrayList<>(out.logical());
    if (op.keepDims()) {
      at.remove(op.axis());
    }
    at.add(op.axis(), Exprs.var("r"));
    Expr value = phase.read(x, at);
    Expr.Var best = new Expr.Var("best", value.type());
    Expr.Var where = new Expr.Var("where", DType.I64);
    Expr a = op.max() ? best : value;
    Expr b = op.max() ? value : best;
    // The first wins a tie unless the last is asked for; the start state loses against any element.
    Expr better = new Expr.Bin(op.last() ? Expr.BinOp.LE : Expr.BinOp.LT, a, b);
    better =
        new Expr.Bin(
            Expr.BinOp.OR, better, new Expr.Bin(Expr.BinOp.EQ, Exprs.var("r"), Exprs.index(0)));
    Epilogue epilogue = new Epilogue(phase, out).anchor(where);
    List<Reduce.Output> outputs = epilogue.outputs();
    Stmt leaf =
        new Reduce(
            List.of("r"),
            List.of(
                new Reduce.State("best", value.type(), Exprs.number(value.type(), 0)),
                new Reduce.State("where", DType.I64, Exprs.index(0))),
            List.of(
                new Expr.Select(better, value, best),
                new Expr.Select(better, Exprs.var("r"), where)),
            Optional.empty(),
            epilogue.lets(),
            outputs);
    Stmt nest = Stmt.For.of("r", x.shape().dim(op.axis()), leaf);
    return List.of(phase.build("arg_reduce", out.nest(nest), x.shape().elements()));
  }
}
