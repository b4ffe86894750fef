package dev.nncc.tensor.lower;

import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Gather;
import dev.nncc.graph.op.GatherElements;
import dev.nncc.graph.op.GatherNd;
import dev.nncc.graph.op.OneHot;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import java.util.ArrayList;
import java.util.List;

/**
 * Elements of the operators that index by data. Indices count from the end when negative and are
 * clamped, so that no input reads outside its operand.
 */
final class Indexings {
  private Indexings() {}

  /** An index from data as one within 0 .. n-1. */
  static Expr safe(Expr index, long n) {
    Expr i = Scalars.cast(DType.I64, index);
    Expr wrapped = new Expr.Select(Exprs.lt(i, Exprs.index(0)), Exprs.add(i, Exprs.index(n)), i);
    return Exprs.max(Exprs.min(wrapped, Exprs.index(n - 1)), Exprs.index(0));
  }

  static Expr gather(PhaseBuilder phase, Node node, List<Expr> index, int loose) {
    int axis = ((Gather) node.op()).axis();
    Value x = node.operand(0);
    Value indices = node.operand(1);
    List<Expr> in = Movements.inside(index, node.result().shape(), loose);
    int q = indices.shape().rank();
    List<Expr> at = new ArrayList<>(in.subList(0, axis));
    at.add(safe(phase.read(indices, in.subList(axis, axis + q)), x.shape().dim(axis)));
    at.addAll(in.subList(axis + q, in.size()));
    return phase.read(x, at);
  }

  static Expr gatherElements(PhaseBuilder phase, Node node, List<Expr> index, int loose) {
    int axis = ((GatherElements) node.op()).axis();
    Value x = node.operand(0);
    List<Expr> in = Movements.inside(index, node.result().shape(), loose);
    List<Expr> at = new ArrayList<>(in);
    at.set(axis, safe(phase.read(node.operand(1), in), x.shape().dim(axis)));
    return phase.read(x, at);
  }

  static Expr gatherNd(PhaseBuilder phase, Node node, List<Expr> index, int loose) {
    int batch = ((GatherNd) node.op()).batchDims();
    Value x = node.operand(0);
    Value indices = node.operand(1);
    List<Expr> in = Movements.inside(index, node.result().shape(), loose);
    int q = indices.shape().rank() - 1;
    int k = Math.toIntExact(indices.shape().dim(q));
    List<Expr> at = new ArrayList<>(in.subList(0, batch));
    for (int j = 0; j < k; j++) {
      List<Expr> which = new ArrayList<>(in.subList(0, q));
      which.add(Exprs.index(j));
      at.add(safe(phase.read(indices, which), x.shape().dim(batch + j)));
    }
    at.addAll(in.subList(q, in.size()));
    return phase.read(x, at);
  }

  static Expr oneHot(PhaseBuilder phase, Node node, List<Expr> index, int loose) {
    OneHot op = (OneHot) node.op();
    List<Expr> in = Movements.inside(index, node.result().shape(), loose);
    List<Expr> at = new ArrayList<>(in);
    Expr position = at.remove(op.axis());
    Expr i = Scalars.cast(DType.I64, phase.read(node.operand(0), at));
    Expr wrapped =
        new Expr.Select(Exprs.lt(i, Exprs.index(0)), Exprs.add(i, Exprs.index(op.depth())), i);
    Value values = node.operand(1);
    return new Expr.Select(
        new Expr.Bin(Expr.BinOp.EQ, wrapped, position),
        phase.read(values, List.of(Exprs.index(1))),
        phase.read(values, List.of(Exprs.index(0))));
  }

  /** Product of the extents, for scatter loops over index tuples. */
  static long count(Shape shape, int axes) {
    long n = 1;
    for (int a = 0; a < axes; a++) {
      n *= shape.dim(a);
    }
    return n;
  }
}
