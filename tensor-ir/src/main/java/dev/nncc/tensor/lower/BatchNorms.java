package dev.nncc.tensor.lower;

import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.op.BatchNorm;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import java.util.List;

/** Batch normalisation that no pass could fold. */
final class BatchNorms {
  private BatchNorms() {}

  static Expr element(PhaseBuilder phase, Node node, List<Expr> index, int loose) {
    DType acc = Reductions.accumulator(node.operand(0).dtype());
    Expr x = Scalars.cast(acc, phase.read(node.operand(0), index, loose));
    Expr scale = parameter(phase, node, 1, index, loose);
    Expr bias = parameter(phase, node, 2, index, loose);
    Expr mean = parameter(phase, node, 3, index, loose);
    Expr variance = parameter(phase, node, 4, index, loose);
    Expr spread =
        new Expr.Call(
            Expr.Fn.SQRT,
            Exprs.add(variance, Exprs.number(acc, ((BatchNorm) node.op()).epsilon())));
    return Exprs.add(
        Exprs.mul(new Expr.Bin(Expr.BinOp.DIV, Exprs.sub(x, mean), spread), scale), bias);
  }

  private static Expr parameter(
      PhaseBuilder phase, Node node, int operand, List<Expr> index, int loose) {
    DType acc = Reductions.accumulator(node.operand(0).dtype());
    return Scalars.cast(
        acc, phase.read(node.operand(operand), List.of(index.get(1)), loose == 1 ? 0 : -1));
  }
}
