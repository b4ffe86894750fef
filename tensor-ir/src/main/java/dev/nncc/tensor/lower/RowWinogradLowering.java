package dev.nncc.tensor.lower;

import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.tensor.constant.AxesCombination;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.region.Region;
import dev.nncc.tensor.storage.Storage;
import dev.nncc.tensor.winograd.Linear;
import dev.nncc.tensor.winograd.ToomCook;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A wide convolution over a picture of few channels, by minimal filtering along its rows: each row
 * of samples goes to frequencies once and serves all rows of the filter, over which the products
 * are summed like channels.
 */
final class RowWinogradLowering {
  private static final int BLOCK = Storage.BLOCK;
  private static final int CHANNELS = 1;
  private static final int ROW = 2;
  private static final int COLUMN = 3;

  /** Rows of the result made together: few samples are transformed twice, and all stays near. */
  private static final long ROWS = 8;

  private final PhaseBuilder phase;
  private final Node node;
  private final Conv conv;
  private final Domain whole;
  private final InputBand band;
  private final ToomCook t;
  private final long rows;
  private final long tiles;
  private final long channels;
  private final long height;
  private final long outBlocks;
  private final int group;

  private RowWinogradLowering(PhaseBuilder phase, ToomCook t) {
    this.phase = phase;
    this.t = t;
    node = phase.region().requireAnchor();
    conv = (Conv) node.op();
    whole = phase.domain("i");
    long all = node.result().shape().dim(ROW);
    long size = Math.max(1, Math.min(ROWS, all / ROWS));
    while (all % size != 0) {
      size--;
    }
    band = InputBand.ofPicture(phase, node, whole, all / size);
    rows = band.rows();
    tiles = node.result().shape().dim(COLUMN) / t.m();
    channels = node.operand(1).shape().dim(CHANNELS);
    height = node.operand(1).shape().dim(ROW);
    outBlocks = (node.operand(1).shape().dim(0) + BLOCK - 1) / BLOCK;
    group = ConvLowering.blocksInGroup(outBlocks);
  }

  /** Empty where it does not apply. */
  static Optional<List<Phase>> of(Region region, LowerContext context) {
    PhaseBuilder phase = new PhaseBuilder(region, context);
    Node node = region.requireAnchor();
    Value x = node.operand(0);
    boolean picture =
        phase.constant(x).isEmpty()
            && !phase.isMadeInside(x)
            && phase.constant(node.operand(1)).isPresent()
            && InputBand.serves(node)
            && !phase.storage(x).isBlocked()
            && !phase.storage(x).hasBorder()
            && phase.domain("i").storage().isBlocked();
    return picture
        ? context
            .winograd()
            .alongRows(node)
            .map(t -> List.of(new RowWinogradLowering(phase, t).phase()))
        : Optional.empty();
  }

  private Phase phase() {
    long inRows = band.local().shape().get(1);
    Buffer v =
        Buffer.of(
            "v", DType.F32, Space.LOCAL, List.of((long) t.frequencies(), channels, inRows, tiles));
    Buffer m =
        Buffer.of(
            "m",
            DType.F32,
            Space.LOCAL,
            List.of((long) t.frequencies(), (long) group, rows, tiles, (long) BLOCK));
    Stmt groups = new Stmt.Alloc(m, Stmt.Block.of(List.of(product(v, m), results(m))));
    Stmt nest =
        new Stmt.Alloc(
            v,
            Stmt.Block.of(
                List.of(
                    samples(v, inRows),
                    Domain.nest(List.of("g"), List.of(outBlocks / group), groups))));
    double flops =
        2.0
            * node.result().shape().elements()
            * node.operand(1).shape().elements()
            / node.operand(1).shape().dim(0);
    return phase.build(WinogradLowering.NAME, band.around(whole, nest), flops);
  }

  private static Expr at(String var, long extent) {
    return extent == 1 ? Exprs.index(0) : Exprs.var(var);
  }

  private static Expr times(Expr e, long by) {
    return Exprs.mul(e, Exprs.index(by));
  }

  /** A vector of tiles at a time. */
  private Stmt samples(Buffer v, long inRows) {
    Expr c = at("c", channels);
    Expr r = at("r", inRows);
    Expr s = at("s", tiles);
    List<Expr> in = new ArrayList<>();
    for (int i = 0; i < t.samples(); i++) {
      Expr column = Exprs.add(times(s, (long) t.m() * t.stride()), Exprs.index(i));
      in.add(new Expr.Load(band.local(), List.of(c, r, column)));
    }
    Linear code = Linear.of(t.b(), in, "x");
    List<Stmt> stores = new ArrayList<>();
    for (int f = 0; f < t.frequencies(); f++) {
      stores.add(new Stmt.Store(v, List.of(Exprs.index(f), c, r, s), code.values().get(f)));
    }
    return Domain.nest(
        List.of("c", "r", "s"),
        List.of(channels, inRows, tiles),
        code.around(Stmt.Block.of(stores)));
  }

  private Stmt product(Buffer v, Buffer m) {
    Expr f = Exprs.var("f");
    Expr b = at("b", group);
    Expr r = at("r", rows);
    Expr s = at("s", tiles);
    Expr l = Exprs.var("l");
    Expr c = at("c", channels);
    Expr h = Exprs.var("h");
    Expr row = Exprs.add(times(r, conv.strides().get(0)), h);
    AxesCombination filters = new AxesCombination(1, List.of((long) t.frequencies()), t.g());
    Expr weight =
        new WeightPacking(phase.constant(node.operand(1)).orElseThrow(), Optional.of(filters))
            .axis(outBlocks / group, 0, (long) group * BLOCK, at("g", outBlocks / group))
            .axis(t.frequencies(), COLUMN, 1, f)
            .axis(channels, CHANNELS, 1, c)
            .axis(height, ROW, 1, h)
            .axis(group, 0, BLOCK, b)
            .axis(BLOCK, 0, 1, l)
            .read(phase);
    Stmt leaf =
        Reductions.into(
            m,
            List.of(f, b, r, s, l),
            Expr.BinOp.ADD,
            channels == 1 ? List.of("h") : List.of("c", "h"),
            Exprs.mul(new Expr.Load(v, List.of(f, c, row, s)), weight),
            e -> e);
    return Domain.nest(
        List.of("f", "b", "r", "s", "l", "c", "h"),
        List.of((long) t.frequencies(), (long) group, rows, tiles, (long) BLOCK, channels, height),
        leaf);
  }

  private Stmt results(Buffer m) {
    Expr b = at("b", group);
    Expr r = at("r", rows);
    Expr s = at("s", tiles);
    Expr l = Exprs.var("l");
    List<Expr> in = new ArrayList<>();
    for (int f = 0; f < t.frequencies(); f++) {
      in.add(new Expr.Load(m, List.of(Exprs.index(f), b, r, s, l)));
    }
    Linear code = Linear.of(t.a(), in, "y");
    List<Stmt> stores = new ArrayList<>();
    for (int i = 0; i < t.m(); i++) {
      stores.add(stored(code.values().get(i), b, r, s, l, i));
    }
    return Domain.nest(
        List.of("b", "r", "s", "l"),
        List.of((long) group, rows, tiles, (long) BLOCK),
        code.around(Stmt.Block.of(stores)));
  }

  private Stmt stored(Expr y, Expr b, Expr r, Expr s, Expr l, int i) {
    long outRows = node.result().shape().dim(ROW);
    long pictures = node.result().shape().dim(0);
    Expr n = at(whole.vars().get(0), pictures);
    Expr block = Exprs.add(times(at("g", outBlocks / group), group), b);
    Expr channel = Exprs.add(times(block, BLOCK), l);
    Expr row = Exprs.add(times(at("band", outRows / rows), rows), r);
    Expr column = Exprs.add(times(s, t.m()), Exprs.index(i));
    boolean loose = node.result().shape().dim(CHANNELS) % BLOCK != 0;
    Expr value = y;
    if (node.operands().size() > 2) {
      Value bias = node.operand(2);
      value = Exprs.add(y, phase.read(bias, List.of(channel), loose ? 0 : -1));
    }
    return Epilogue.ofBlocks(phase, List.of(n, channel, row, column), loose ? CHANNELS : -1)
        .anchor(value)
        .stores();
  }
}
