package dev.nncc.tensor.lower;

import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.region.Region;
import dev.nncc.tensor.storage.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Direct convolution of any rank: one reduction over input channels and window. With blocked
 * storages the weights are packed in the order the register-tiled kernel consumes them, {@code [o
 * block group][i block][window][16 i][o block in group][16 o]}, so that one k-step reads adjacent
 * vectors.
 */
final class ConvLowering implements Lowering {
  private static final int BLOCK = Storage.BLOCK;

  /** Channels in a last block that is not worth code of its own. */
  private static final long MOST_OF_A_LAST_BLOCK = 12;

  /** Elements of a result channel for which tiles hide the latency without partial sums. */
  private static final long FEWEST_PLACES = 8;

  @Override
  public List<Phase> lower(Region region, LowerContext context) {
    return WinogradLowering.of(region, context)
        .map(WinogradLowering::phases)
        .or(() -> RowWinogradLowering.of(region, context))
        .or(() -> StrassenLowering.of(region, context))
        .or(() -> PixelPairs.of(region, context))
        .orElseGet(() -> new One(region, context).phases());
  }

  /** The lowering of one convolution. */
  private static final class One {
    private final Region region;
    private final LowerContext context;
    private final PhaseBuilder phase;
    private final Node node;
    private final Conv conv;
    private final Value x;
    private final Value w;
    private final Domain whole;
    private final Domain out;
    private final Optional<Gate> gate;
    private final Optional<InputBand> band;
    private final DType acc;
    private final int spatial;
    private final long inGroup;
    private final long outGroup;
    private final boolean depthwise;
    private final boolean xBlocked;
    private final List<String> over = new ArrayList<>();
    private Optional<Expr> existing = Optional.empty();
    private boolean skipsBorder;
    private final List<Long> overExtents = new ArrayList<>();

    One(Region region, LowerContext context) {
      this.region = region;
      this.context = context;
      phase = new PhaseBuilder(region, context);
      node = region.requireAnchor();
      conv = (Conv) node.op();
      gate = Gate.of(phase, node);
      x = gate.map(Gate::map).orElseGet(() -> region.narrow(node.operand(0)));
      w = region.narrow(node.operand(1));
      whole = phase.domain("i");
      band = gate.isPresent() ? Optional.empty() : InputBand.of(phase, node, whole);
      out = band.map(b -> b.of(whole)).orElse(whole);
      acc = Reductions.accumulator(node.operand(0).dtype());
      spatial = x.shape().rank() - 2;
      inGroup = w.shape().dim(1);
      outGroup = w.shape().dim(0) / conv.groups();
      depthwise = inGroup == 1 && outGroup == 1 && conv.groups() > 1;
      xBlocked = phase.constant(x).isEmpty() && phase.storage(x).isBlocked();
    }

    List<Phase> phases() {
      Phase conv = phase();
      return gate.map(g -> List.of(gatedWeights(g), conv)).orElseGet(() -> List.of(conv));
    }

    private Phase phase() {
      boolean blocked = xBlocked && out.storage().isBlocked();
      boolean channelBlocks =
          blocked
              && !depthwise
              && (conv.groups() == 1 || (inGroup % BLOCK == 0 && outGroup % BLOCK == 0));
      Expr o = out.logical().get(1);
      Expr weight;
      Expr channel;
      if (depthwise) {
        List<Expr> window = window();
        channel = o;
        weight = depthwiseWeight(o, window);
        return finish(channel, weight, window, out.paddedAxis());
      }
      Expr group = Exprs.floorDiv(o, outGroup);
      if (channelBlocks) {
        Expr ib = reduced("c", inBlocks());
        List<Expr> window = window();
        Expr ii = reduced("d", steps());
        Expr inner = Exprs.add(Exprs.mul(ib, Exprs.index(BLOCK)), ii);
        channel =
            conv.groups() == 1 ? inner : Exprs.add(Exprs.mul(group, Exprs.index(inGroup)), inner);
        weight = blockedWeight(o, ib, window, ii);
        existing = existing(inner);
        skipsBorder = existing.isEmpty() && inGroup > 1;
        return finish(channel, weight, window, -1);
      }
      if (xBlocked && conv.groups() == 1 && phase.constant(w).isPresent()) {
        Expr ib = reduced("c", inBlocks());
        List<Expr> window = window();
        Expr ii = reduced("d", BLOCK);
        channel = Exprs.add(Exprs.mul(ib, Exprs.index(BLOCK)), ii);
        return finish(channel, weightAcross(o, ib, window, ii), window, -1);
      }
      Expr c = reduced("c", inGroup);
      List<Expr> window = window();
      channel = conv.groups() == 1 ? c : Exprs.add(Exprs.mul(group, Exprs.index(inGroup)), c);
      weight = plainWeight(o, c, window);
      return finish(channel, weight, window, conv.groups() > 1 ? out.paddedAxis() : -1);
    }

    /** Channels of a block that are summed: an only block may have fewer than it has room for. */
    private long steps() {
      return MatMulLowering.multipliesPairs(x, w) ? BLOCK : Math.min(BLOCK, inGroup);
    }

    /**
     * Whether the input has such a channel, where its last block lacks so many that leaving them
     * out pays. Their weights are zero, so nothing else depends on it.
     */
    private Optional<Expr> existing(Expr channel) {
      long last = inGroup % BLOCK;
      long places = node.result().shape().elements() / w.shape().dim(0);
      boolean pays =
          conv.groups() == 1
              && inGroup > BLOCK
              && last > 0
              && last <= MOST_OF_A_LAST_BLOCK
              && last % 2 == 0
              && places >= FEWEST_PLACES
              && !MatMulLowering.multipliesPairs(x, w);
      return pays ? Optional.of(Exprs.lt(channel, Exprs.index(inGroup))) : Optional.empty();
    }

    /** Whether a place of the window lies on the picture and not on its border. */
    private Optional<Expr> onPicture(List<Expr> window) {
      boolean pictures = spatial == 2 && band.isEmpty() && !MatMulLowering.multipliesPairs(x, w);
      OnPicture on = new OnPicture(conv, x.shape(), w.shape(), node.result().shape());
      return pictures ? on.condition(out.logical().subList(2, 4), window) : Optional.empty();
    }

    private Expr reduced(String name, long extent) {
      if (extent == 1) {
        return Exprs.index(0);
      }
      over.add(name);
      overExtents.add(extent);
      return Exprs.var(name);
    }

    private List<Expr> window() {
      List<Expr> k = new ArrayList<>();
      for (int a = 0; a < spatial; a++) {
        k.add(reduced("k" + a, w.shape().dim(a + 2)));
      }
      return k;
    }

    private Phase finish(Expr channel, Expr weight, List<Expr> window, int looseChannel) {
      List<Expr> at = new ArrayList<>();
      at.add(out.logical().get(0));
      // A channel of a padding lane is read from the last real one where the input has no such
      // lane; its weight is zero.
      boolean clamp = looseChannel >= 0 && !(depthwise && xBlocked);
      at.add(clamp ? Exprs.min(channel, Exprs.index(x.shape().dim(1) - 1)) : channel);
      List<Long> below = new ArrayList<>(List.of(0L, 0L));
      List<Long> above = new ArrayList<>(List.of(0L, 0L));
      for (int a = 0; a < spatial; a++) {
        long stride = conv.strides().get(a);
        long dilation = conv.dilations().get(a);
        Expr i = Exprs.mul(out.logical().get(a + 2), Exprs.index(stride));
        i = Exprs.add(i, Exprs.mul(window.get(a), Exprs.index(dilation)));
        at.add(Exprs.sub(i, Exprs.index(conv.padsBegin().get(a))));
        below.add(conv.padsBegin().get(a));
        long last =
            (node.result().shape().dim(a + 2) - 1) * stride
                + (w.shape().dim(a + 2) - 1) * dilation
                - conv.padsBegin().get(a);
        above.add(Math.max(0, last - (x.shape().dim(a + 2) - 1)));
      }
      Expr read =
          band.isPresent()
              ? band.get().read(whole, channel, window)
              : phase.readPadded(x, at, below, above, 0);
      Expr all = Exprs.mul(Scalars.cast(acc, read), Scalars.cast(acc, weight));
      Expr product =
          existing
              .or(
                  () ->
                      skipsBorder && read instanceof Expr.Load
                          ? onPicture(window)
                          : Optional.empty())
              .<Expr>map(e -> new Expr.Select(e, all, Exprs.number(acc, 0)))
              .orElse(all);
      Expr init = Exprs.number(acc, 0);
      if (node.operands().size() > 2) {
        init =
            Scalars.cast(
                acc,
                phase.read(
                    node.operand(2),
                    List.of(out.logical().get(1)),
                    out.paddedAxis() >= 0 ? 0 : -1));
      }
      double flops =
          2.0 * node.result().shape().elements() * w.shape().elements() / w.shape().dim(0);
      var leaf =
          Reductions.withEpilogue(
              new Epilogue(phase, out), Expr.BinOp.ADD, over, init, product, e -> e);
      Stmt nest = out.nest(Domain.nest(over, overExtents, leaf));
      Stmt body = band.isPresent() ? band.get().around(whole, nest) : nest;
      return phase.build("conv", body, flops);
    }

    /** Weights of a dynamic tensor are read as they are; constants are packed for the loops. */
    private Expr plainWeight(Expr o, Expr c, List<Expr> window) {
      Optional<Tensor> t = phase.constant(w);
      if (t.isEmpty()) {
        List<Expr> at = new ArrayList<>(List.of(o, c));
        at.addAll(window);
        return phase.read(w, at, out.paddedAxis() >= 0 ? 0 : -1);
      }
      WeightPacking packing = new WeightPacking(t.get());
      if (!out.storage().isBlocked()) {
        packing.axis(w.shape().dim(0), 0, 1, o).axis(inGroup, 1, 1, c);
        return window(packing, window).read(phase);
      }
      int b = blocksInGroup(outBlocks());
      Expr block = Exprs.floorDiv(o, BLOCK);
      packing.axis(outBlocks() / b, 0, (long) b * BLOCK, Exprs.floorDiv(block, b));
      window(packing.axis(inGroup, 1, 1, c), window);
      packing.axis(b, 0, BLOCK, Exprs.mod(block, b)).axis(BLOCK, 0, 1, Exprs.mod(o, BLOCK));
      return packing.read(phase);
    }

    /** Weights for vectors of input channels. */
    private Expr weightAcross(Expr o, Expr ib, List<Expr> window, Expr ii) {
      WeightPacking packing = new WeightPacking(phase.constant(w).orElseThrow());
      packing.axis(w.shape().dim(0), 0, 1, o).axis(inBlocks(), 1, BLOCK, ib);
      return window(packing, window).axis(BLOCK, 1, 1, ii).read(phase);
    }

    private Expr blockedWeight(Expr o, Expr ib, List<Expr> window, Expr ii) {
      Optional<Tensor> t = phase.constant(w);
      if (t.isEmpty()) {
        List<Expr> at = new ArrayList<>();
        at.add(o);
        at.add(
            Exprs.min(Exprs.add(Exprs.mul(ib, Exprs.index(BLOCK)), ii), Exprs.index(inGroup - 1)));
        at.addAll(window);
        return phase.read(w, at, out.paddedAxis() >= 0 ? 0 : -1);
      }
      int b = blocksInGroup(outBlocks());
      Expr block = Exprs.floorDiv(o, BLOCK);
      WeightPacking packing =
          blockedPacking(
              t.get(),
              Exprs.floorDiv(block, b),
              ib,
              window,
              ii,
              Exprs.mod(block, b),
              Exprs.mod(o, BLOCK));
      return gate.isPresent() ? packing.readFrom(packing.scratch(phase)) : packing.read(phase);
    }

    private WeightPacking blockedPacking(
        Tensor t, Expr group, Expr ib, List<Expr> window, Expr ii, Expr block, Expr lane) {
      int b = blocksInGroup(outBlocks());
      WeightPacking packing = new WeightPacking(t);
      packing.axis(outBlocks() / b, 0, (long) b * BLOCK, group);
      window(packing.axis(inBlocks(), 1, BLOCK, ib), window);
      boolean pairs = MatMulLowering.multipliesPairs(x, w);
      packing =
          pairs
              ? packing.axis(BLOCK / 2, 1, 2, Exprs.floorDiv(ii, 2))
              : packing.axis(BLOCK, 1, 1, ii);
      packing.axis(b, 0, BLOCK, block).axis(BLOCK, 0, 1, lane);
      return pairs ? packing.axis(2, 1, 1, Exprs.mod(ii, 2)) : packing;
    }

    /** The weights, each input channel scaled by its gate, in the order that the kernel reads. */
    private Phase gatedWeights(Gate g) {
      PhaseBuilder p = new PhaseBuilder(region, context);
      int b = blocksInGroup(outBlocks());
      List<String> vars = List.of("g", "c", "d", "b", "l");
      List<Long> extents =
          List.of(outBlocks() / b, inBlocks(), (long) BLOCK, (long) b, (long) BLOCK);
      List<Expr> at = new ArrayList<>();
      for (int i = 0; i < vars.size(); i++) {
        at.add(Domain.at(vars.get(i), extents.get(i)));
      }
      Expr zero = Exprs.index(0);
      WeightPacking packing =
          blockedPacking(
              p.constant(w).orElseThrow(),
              at.get(0),
              at.get(1),
              List.of(zero, zero),
              at.get(2),
              at.get(3),
              at.get(4));
      Expr channel = Exprs.add(Exprs.mul(at.get(1), Exprs.index(BLOCK)), at.get(2));
      Expr value =
          Exprs.mul(packing.read(p), p.read(g.gate(), List.of(zero, channel, zero, zero), 1));
      Buffer scratch = packing.scratch(p);
      Stmt store = new Stmt.Store(scratch, packing.readFrom(scratch).index(), value);
      return p.build("gated", Domain.nest(vars, extents, store), w.shape().elements());
    }

    private Expr depthwiseWeight(Expr o, List<Expr> window) {
      Optional<Tensor> t = phase.constant(w);
      if (t.isEmpty() || !out.storage().isBlocked()) {
        List<Expr> at = new ArrayList<>(List.of(o, Exprs.index(0)));
        at.addAll(window);
        return phase.read(w, at, out.paddedAxis() >= 0 ? 0 : -1);
      }
      WeightPacking packing = new WeightPacking(t.get());
      packing.axis(outBlocks(), 0, BLOCK, Exprs.floorDiv(o, BLOCK));
      return window(packing, window).axis(BLOCK, 0, 1, Exprs.mod(o, BLOCK)).read(phase);
    }

    private WeightPacking window(WeightPacking packing, List<Expr> window) {
      for (int a = 0; a < spatial; a++) {
        packing.axis(w.shape().dim(a + 2), a + 2, 1, window.get(a));
      }
      return packing;
    }

    private long inBlocks() {
      return (inGroup + BLOCK - 1) / BLOCK;
    }

    private long outBlocks() {
      return (w.shape().dim(0) + BLOCK - 1) / BLOCK;
    }
  }

  /** Output blocks whose weights lie side by side: the width of the register tile. */
  static int blocksInGroup(long blocks) {
    return blocks % 2 == 0 ? 2 : blocks % 3 == 0 ? 3 : 1;
  }
}
