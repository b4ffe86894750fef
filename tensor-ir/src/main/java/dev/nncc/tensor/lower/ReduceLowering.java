package dev.nncc.tensor.lower;

import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.region.Region;
import java.util.ArrayList;
import java.util.List;

/** Sum, mean, product, maximum and minimum over any axes. */
final class ReduceLowering implements Lowering {
  private static final int LONG_SUM = 128;

  @Override
  public List<Phase> lower(Region region, LowerContext context) {
    PhaseBuilder phase = new PhaseBuilder(region, context);
    Node node = region.requireAnchor();
    Reduce reduce = (Reduce) node.op();
    Value x = node.operand(0);
    Domain out = Domain.of(phase.resultStorage(0), "i");
    List<String> over = new ArrayList<>();
    List<Long> extents = new ArrayList<>();
    List<Expr> at = new ArrayList<>();
    int kept = 0;
    double count = 1;
    for (int a = 0; a < x.shape().rank(); a++) {
      if (reduce.axes().contains(a)) {
        long n = x.shape().dim(a);
        count *= n;
        at.add(Domain.at("r" + a, n));
        if (n != 1) {
          over.add("r" + a);
          extents.add(n);
        }
        kept += reduce.keepDims() ? 1 : 0;
      } else {
        at.add(out.logical().get(kept++));
      }
    }
    DType acc = accumulator(x.dtype(), reduce.kind(), count);
    Expr.BinOp op =
        switch (reduce.kind()) {
          case SUM, MEAN -> Expr.BinOp.ADD;
          case PROD -> Expr.BinOp.MUL;
          case MAX -> Expr.BinOp.MAX;
          case MIN -> Expr.BinOp.MIN;
        };
    int loose = out.paddedAxis() < 0 ? -1 : keptAxis(reduce, x, out.paddedAxis());
    Expr value = Scalars.cast(acc, phase.read(x, at, loose));
    Expr n = Exprs.number(acc, count);
    Stmt leaf =
        Reductions.withEpilogue(
            new Epilogue(phase, out),
            op,
            over,
            Exprs.identity(op, acc),
            value,
            e -> reduce.kind() == ReduceKind.MEAN ? new Expr.Bin(Expr.BinOp.DIV, e, n) : e);
    return List.of(
        phase.build("reduce", out.nest(Domain.nest(over, extents, leaf)), x.shape().elements()));
  }

  /**
   * Long sums of f32 are kept in f64: differences of them, as in a variance written as mean of
   * squares less square of mean, would magnify what a serial sum loses.
   */
  private static DType accumulator(DType t, ReduceKind kind, double count) {
    boolean sum = kind == ReduceKind.SUM || kind == ReduceKind.MEAN;
    DType plain = Reductions.accumulator(t);
    return sum && count > LONG_SUM && plain == DType.F32 ? DType.F64 : plain;
  }

  /** The operand's axis behind an axis of the result. */
  private static int keptAxis(Reduce reduce, Value x, int resultAxis) {
    if (reduce.keepDims()) {
      return resultAxis;
    }
    int kept = 0;
    for (int a = 0; a < x.shape().rank(); a++) {
      if (!reduce.axes().contains(a) && kept++ == resultAxis) {
        return a;
      }
    }
    return -1;
  }
}
