package dev.nncc.tensor.lower;

import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Lrn;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Fn;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.region.Region;
import java.util.ArrayList;
import java.util.List;

/** Local response normalisation across channels: a short reduction along the channel axis. */
final class LrnLowering implements Lowering {
  @Override
  public List<Phase> lower(Region region, LowerContext context) {
    PhaseBuilder phase = new PhaseBuilder(region, context);
    Node node = region.requireAnchor();
    Lrn lrn = (Lrn) node.op();
    Value x = node.operand(0);
    Domain out = Domain.of(phase.resultStorage(0), "i");
    DType acc = Reductions.accumulator(x.dtype());
    // ONNX: from c - floor((size-1)/2) to c + ceil((size-1)/2).
    long below = (lrn.size() - 1L) / 2;
    long above = lrn.size() - 1 - below;
    // A loop of one round is none.
    List<String> over = lrn.size() == 1 ? List.of() : List.of("k");
    Expr k = Domain.at("k", lrn.size());
    List<Expr> at = new ArrayList<>(out.logical());
    at.set(1, Exprs.sub(Exprs.add(out.logical().get(1), k), Exprs.index(below)));
    List<Long> lows = new ArrayList<>(PhaseBuilder.zeros(x.shape().rank()));
    List<Long> highs = new ArrayList<>(lows);
    lows.set(1, below);
    highs.set(1, above + (out.paddedAxis() == 1 ? dev.nncc.tensor.storage.Storage.BLOCK : 0));
    Expr v = Scalars.cast(acc, phase.readPadded(x, at, lows, highs, 0));
    Expr centre = Scalars.cast(acc, phase.read(x, out.logical(), out.paddedAxis()));
    Expr scale = Exprs.number(acc, lrn.alpha() / lrn.size());
    var leaf =
        Reductions.withEpilogue(
            new Epilogue(phase, out),
            BinOp.ADD,
            over,
            Exprs.number(acc, 0),
            Exprs.mul(v, v),
            sum -> {
              Expr base = Exprs.add(Exprs.mul(sum, scale), Exprs.number(acc, lrn.bias()));
              return new Expr.Bin(BinOp.DIV, centre, power(base, lrn.beta()));
            });
    double flops = 2.0 * lrn.size() * x.shape().elements();
    return List.of(
        phase.build(
            "lrn", out.nest(Domain.nest(List.of("k"), List.of((long) lrn.size()), leaf)), flops));
  }

  /** {@code base^beta}; the usual 0.75 by two square roots. */
  private static Expr power(Expr base, double beta) {
    if (beta == 0.75) {
      Expr half = new Expr.Call(Fn.SQRT, base);
      return Exprs.mul(half, new Expr.Call(Fn.SQRT, half));
    }
    return beta == 0.5
        ? new Expr.Call(Fn.SQRT, base)
        : new Expr.Bin(BinOp.POW, base, Exprs.number(base.type(), beta));
  }
}
