package dev.nncc.tensor.lower;

import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ConvTranspose;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.storage.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One part of a transposed convolution: the result positions {@code i * stride + remainder} of each
 * axis. Their inputs are {@code i + offset - t} for the window positions {@code first + t *
 * stride}.
 */
final class ConvTransposePart {
  private static final int BLOCK = Storage.BLOCK;

  private final PhaseBuilder phase;
  private final Node node;
  private final ConvTranspose conv;
  private final List<Long> remainders;
  private final Value x;
  private final Value w;
  private final Domain whole;
  private final List<String> over = new ArrayList<>();
  private final List<Long> overExtents = new ArrayList<>();

  ConvTransposePart(PhaseBuilder phase, List<Long> remainders) {
    this.phase = phase;
    this.remainders = remainders;
    node = phase.region().requireAnchor();
    conv = (ConvTranspose) node.op();
    x = node.operand(0);
    w = node.operand(1);
    whole = Domain.of(phase.resultStorage(0), "i");
  }

  Phase phase() {
    int spatial = remainders.size();
    List<Long> extents = new ArrayList<>(whole.extents());
    List<Expr> position = new ArrayList<>(whole.logical());
    List<Expr> at = new ArrayList<>();
    for (int a = 0; a < spatial; a++) {
      long stride = conv.strides().get(a);
      long n = (node.result().shape().dim(a + 2) - remainders.get(a) + stride - 1) / stride;
      extents.set(a + 2, n);
      Expr i = Domain.at(whole.vars().get(a + 2), n);
      at.add(i);
      position.set(
          a + 2, Exprs.add(Exprs.mul(i, Exprs.index(stride)), Exprs.index(remainders.get(a))));
    }
    DType acc = Reductions.accumulator(x.dtype());
    Expr o = position.get(1);
    Expr init = Exprs.number(acc, 0);
    if (node.operands().size() > 2) {
      init =
          Scalars.cast(
              acc, phase.read(node.operand(2), List.of(o), whole.paddedAxis() >= 0 ? 0 : -1));
    }
    Epilogue epilogue = new Epilogue(phase, position, whole.paddedAxis());
    double flops = 2.0 * x.shape().elements() * w.shape().elements() / w.shape().dim(0) / count();
    for (int a = 0; a < spatial; a++) {
      if (taps(a) == 0) {
        Expr nothing = init;
        return phase.build(
            "conv_transpose",
            Domain.nest(whole.vars(), extents, epilogue.anchor(nothing).stores()),
            flops);
      }
    }
    Expr product = product(acc, o, at);
    var leaf = Reductions.withEpilogue(epilogue, Expr.BinOp.ADD, over, init, product, e -> e);
    return phase.build(
        "conv_transpose",
        Domain.nest(whole.vars(), extents, Domain.nest(over, overExtents, leaf)),
        flops);
  }

  private long count() {
    long n = 1;
    for (long s : conv.strides()) {
      n *= s;
    }
    return n;
  }

  /** The first window position that reaches this remainder. */
  private long first(int a) {
    return Math.floorMod(remainders.get(a) + conv.padsBegin().get(a), conv.strides().get(a));
  }

  private long taps(int a) {
    long k = w.shape().dim(a + 2);
    return k <= first(a) ? 0 : (k - first(a) + conv.strides().get(a) - 1) / conv.strides().get(a);
  }

  /** Input of window position {@code first} at i = 0. */
  private long offset(int a) {
    return (remainders.get(a) + conv.padsBegin().get(a) - first(a)) / conv.strides().get(a);
  }

  private Expr reduced(String name, long extent) {
    if (extent == 1) {
      return Exprs.index(0);
    }
    over.add(name);
    overExtents.add(extent);
    return Exprs.var(name);
  }

  private Expr product(DType acc, Expr o, List<Expr> at) {
    boolean blocked =
        phase.constant(x).isEmpty()
            && phase.storage(x).isBlocked()
            && phase.constant(w).isPresent();
    long channels = x.shape().dim(1);
    long blocks = (channels + BLOCK - 1) / BLOCK;
    Expr outer = reduced("c", blocked ? blocks : channels);
    List<Expr> taps = new ArrayList<>();
    for (int a = 0; a < at.size(); a++) {
      taps.add(reduced("k" + a, taps(a)));
    }
    Expr inner = blocked ? reduced("d", BLOCK) : Exprs.index(0);
    Expr channel = blocked ? Exprs.add(Exprs.mul(outer, Exprs.index(BLOCK)), inner) : outer;
    List<Expr> input = new ArrayList<>(List.of(whole.logical().get(0), channel));
    List<Long> below = new ArrayList<>(List.of(0L, 0L));
    List<Long> above = new ArrayList<>(List.of(0L, 0L));
    for (int a = 0; a < at.size(); a++) {
      input.add(Exprs.sub(Exprs.add(at.get(a), Exprs.index(offset(a))), taps.get(a)));
      long stride = conv.strides().get(a);
      long n = (node.result().shape().dim(a + 2) - remainders.get(a) + stride - 1) / stride;
      below.add(Math.max(0, taps(a) - 1 - offset(a)));
      above.add(Math.max(0, n - 1 + offset(a) - (x.shape().dim(a + 2) - 1)));
    }
    Expr value = phase.readPadded(x, input, below, above, 0);
    return Exprs.mul(
        Scalars.cast(acc, value), Scalars.cast(acc, weight(o, outer, taps, inner, blocked)));
  }

  private Expr weight(Expr o, Expr outer, List<Expr> taps, Expr inner, boolean blocked) {
    Optional<Tensor> t = phase.constant(w);
    boolean lanes = whole.storage().isBlocked();
    if (t.isEmpty()) {
      Expr real = lanes ? Exprs.min(o, Exprs.index(w.shape().dim(1) - 1)) : o;
      List<Expr> at = new ArrayList<>(List.of(outer, real));
      for (int a = 0; a < taps.size(); a++) {
        Expr k = Exprs.mul(taps.get(a), Exprs.index(conv.strides().get(a)));
        at.add(Exprs.add(k, Exprs.index(first(a))));
      }
      return phase.read(w, at);
    }
    long outBlocks = lanes ? (w.shape().dim(1) + BLOCK - 1) / BLOCK : w.shape().dim(1);
    int b = lanes ? ConvLowering.blocksInGroup(outBlocks) : 1;
    Expr block = lanes ? Exprs.floorDiv(o, BLOCK) : o;
    WeightPacking packing = new WeightPacking(t.get());
    packing.axis(outBlocks / b, 1, lanes ? (long) b * BLOCK : 1, Exprs.floorDiv(block, b));
    long channels = w.shape().dim(0);
    packing.axis(
        blocked ? (channels + BLOCK - 1) / BLOCK : channels, 0, blocked ? BLOCK : 1, outer);
    for (int a = 0; a < taps.size(); a++) {
      packing.axis(taps(a), a + 2, conv.strides().get(a), taps.get(a)).from(a + 2, first(a));
    }
    if (blocked) {
      packing.axis(BLOCK, 0, 1, inner);
    }
    if (lanes) {
      packing.axis(b, 1, BLOCK, Exprs.mod(block, b)).axis(BLOCK, 1, 1, Exprs.mod(o, BLOCK));
    }
    return packing.read(phase);
  }
}
