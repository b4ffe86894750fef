package dev.nncc.tensor.lower;

import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ConvTranspose;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.region.Region;
import java.util.ArrayList;
import java.util.List;

/**
 * Transposed convolution as a gather: each result element sums the inputs whose stencil covers it.
 * A window position that falls between inputs (stride above 1) contributes nothing, by a select.
 */
final class ConvTransposeGather {
  private ConvTransposeGather() {}

  static Phase phase(Region region, LowerContext context) {
    PhaseBuilder phase = new PhaseBuilder(region, context);
    Node node = region.requireAnchor();
    ConvTranspose conv = (ConvTranspose) node.op();
    Value x = node.operand(0);
    Value w = node.operand(1);
    Domain out = Domain.of(phase.resultStorage(0), "i");
    DType acc = Reductions.accumulator(x.dtype());
    int spatial = x.shape().rank() - 2;
    long inGroup = x.shape().dim(1) / conv.groups();
    long outGroup = w.shape().dim(1);
    List<String> vars = new ArrayList<>(List.of("c"));
    List<Long> extents = new ArrayList<>(List.of(inGroup));
    Expr o =
        out.paddedAxis() == 1
            ? Exprs.min(out.logical().get(1), Exprs.index(node.result().shape().dim(1) - 1))
            : out.logical().get(1);
    Expr c = Domain.at("c", inGroup);
    Expr channel =
        conv.groups() == 1
            ? c
            : Exprs.add(Exprs.mul(Exprs.floorDiv(o, outGroup), Exprs.index(inGroup)), c);
    List<Expr> at = new ArrayList<>(List.of(out.logical().get(0), channel));
    List<Expr> weightAt =
        new ArrayList<>(List.of(channel, conv.groups() == 1 ? o : Exprs.mod(o, outGroup)));
    Expr valid = new Expr.Const(DType.BOOL, 1L);
    for (int a = 0; a < spatial; a++) {
      long n = w.shape().dim(a + 2);
      vars.add("k" + a);
      extents.add(n);
      Expr k = Domain.at("k" + a, n);
      weightAt.add(k);
      Expr position = Exprs.add(out.logical().get(a + 2), Exprs.index(conv.padsBegin().get(a)));
      position = Exprs.sub(position, Exprs.mul(k, Exprs.index(conv.dilations().get(a))));
      long stride = conv.strides().get(a);
      Expr i = Exprs.floorDiv(position, stride);
      long extent = x.shape().dim(a + 2);
      valid =
          Exprs.and(
              valid, Exprs.and(Exprs.lt(Exprs.index(-1), i), Exprs.lt(i, Exprs.index(extent))));
      if (stride != 1) {
        valid =
            Exprs.and(
                valid, new Expr.Bin(Expr.BinOp.EQ, Exprs.mod(position, stride), Exprs.index(0)));
      }
      at.add(Exprs.max(Exprs.min(i, Exprs.index(extent - 1)), Exprs.index(0)));
    }
    Expr product =
        Exprs.mul(Scalars.cast(acc, phase.read(x, at)), Scalars.cast(acc, phase.read(w, weightAt)));
    Expr value = new Expr.Select(valid, product, Exprs.number(acc, 0));
    Expr init = Exprs.number(acc, 0);
    if (node.operands().size() > 2) {
      init = Scalars.cast(acc, phase.read(node.operand(2), List.of(o)));
    }
    List<String> over = new ArrayList<>();
    for (int d = 0; d < vars.size(); d++) {
      if (extents.get(d) != 1) {
        over.add(vars.get(d));
      }
    }
    var leaf =
        Reductions.withEpilogue(
            new Epilogue(phase, out), Expr.BinOp.ADD, over, init, value, e -> e);
    double flops = 2.0 * x.shape().elements() * w.shape().elements() / w.shape().dim(0);
    return phase.build("conv_transpose", out.nest(Domain.nest(vars, extents, leaf)), flops);
  }
}
