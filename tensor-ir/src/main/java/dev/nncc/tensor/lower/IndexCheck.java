package dev.nncc.tensor.lower;

import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.region.Region;
import java.util.ArrayList;
import java.util.List;

/**
 * A phase that looks at indices from data before they are used: the fault word of the context
 * becomes 1 when one is outside its tensor, and the run ends with an error. The kernels themselves
 * clamp, so that nothing outside is touched whatever the data holds.
 */
final class IndexCheck {
  private IndexCheck() {}

  /**
   * Phases for indices that are not known at compile time, before the others.
   *
   * @param extents what the indices count; several where the last axis of the indices holds tuples
   */
  static List<Phase> before(
      Region region,
      LowerContext context,
      Value indices,
      List<Long> extents,
      boolean tuples,
      List<Phase> phases) {
    PhaseBuilder phase = new PhaseBuilder(region, context);
    if (phase.constant(indices).isPresent() || indices.shape().elements() == 0) {
      return phases;
    }
    List<Phase> all = new ArrayList<>(List.of(check(phase, indices, extents, tuples)));
    all.addAll(phases);
    return all;
  }

  private static Phase check(
      PhaseBuilder phase, Value indices, List<Long> extents, boolean tuples) {
    Shape shape = indices.shape();
    int rank = tuples ? shape.rank() - 1 : shape.rank();
    List<String> vars = new ArrayList<>();
    List<Long> counts = new ArrayList<>();
    List<Expr> at = new ArrayList<>();
    for (int a = 0; a < rank; a++) {
      vars.add("i" + a);
      counts.add(shape.dim(a));
      at.add(Domain.at("i" + a, shape.dim(a)));
    }
    Expr outside = new Expr.Const(DType.BOOL, 0L);
    for (int j = 0; j < extents.size(); j++) {
      List<Expr> which = new ArrayList<>(at);
      if (tuples) {
        which.add(Exprs.index(j));
      }
      Expr i = Scalars.cast(DType.I64, phase.read(indices, which));
      Expr low = Exprs.lt(i, Exprs.index(-extents.get(j)));
      Expr high = Exprs.lt(Exprs.index(extents.get(j) - 1), i);
      outside = new Expr.Bin(BinOp.OR, outside, new Expr.Bin(BinOp.OR, low, high));
    }
    Buffer fault = phase.fault();
    List<Expr> zero = List.of(Exprs.index(0));
    Expr one = new Expr.Const(DType.I32, 1L);
    Expr none = new Expr.Const(DType.I32, 0L);
    Expr value = new Expr.Select(outside, one, none);
    Expr acc = new Expr.Var(Reduce.ACC, DType.I32);
    List<String> over = new ArrayList<>();
    for (int a = 0; a < rank; a++) {
      if (counts.get(a) != 1) {
        over.add(vars.get(a));
      }
    }
    Expr finish = new Expr.Bin(BinOp.OR, acc, new Expr.Load(fault, zero));
    Stmt leaf = Reduce.of(fault, zero, BinOp.OR, over, none, value, finish);
    return phase.build("check_index", Domain.nest(vars, counts, leaf), shape.elements());
  }
}
