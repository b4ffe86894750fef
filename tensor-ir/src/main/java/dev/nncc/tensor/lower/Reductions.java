package dev.nncc.tensor.lower;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Reduction leaves whose finish is a region's epilogue. */
final class Reductions {
  private Reductions() {}

  /** The type sums are kept in: half precision accumulates in f32. */
  static DType accumulator(DType t) {
    return t == DType.F16 || t == DType.BF16 ? DType.F32 : t;
  }

  /**
   * One accumulator, then {@code finish} of it is the anchor's value for the epilogue.
   *
   * @param init of the accumulator's type
   * @param value of the accumulator's type
   */
  static Reduce withEpilogue(
      Epilogue epilogue,
      BinOp op,
      List<String> over,
      Expr init,
      Expr value,
      UnaryOperator<Expr> finish) {
    Expr acc = new Expr.Var(Reduce.ACC, value.type());
    Expr other = new Expr.Var(Reduce.ACC + "'", value.type());
    List<Reduce.Output> outputs = epilogue.anchor(finish.apply(acc)).outputs();
    return new Reduce(
        over,
        List.of(new Reduce.State(Reduce.ACC, value.type(), init)),
        List.of(new Expr.Bin(op, acc, value)),
        Optional.of(
            new Reduce.Combine(
                List.of(Exprs.identity(op, value.type())),
                List.of(new Expr.Bin(op, acc, other)),
                Optional.of(op))),
        epilogue.lets(),
        outputs);
  }

  /** A reduction of one element without an epilogue. */
  static Stmt into(
      dev.nncc.tensor.ir.Buffer buffer,
      List<Expr> at,
      BinOp op,
      List<String> over,
      Expr value,
      UnaryOperator<Expr> finish) {
    Expr acc = new Expr.Var(Reduce.ACC, value.type());
    return Reduce.of(
        buffer, at, op, over, Exprs.identity(op, value.type()), value, finish.apply(acc));
  }
}
