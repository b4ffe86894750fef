package dev.nncc.tensor.lower;

import static dev.nncc.tensor.lower.Domain.at;
import static dev.nncc.tensor.lower.Domain.times;
import static dev.nncc.tensor.lower.PictureConv.BLOCK;
import static dev.nncc.tensor.lower.PictureConv.CHANNELS;
import static dev.nncc.tensor.lower.PictureConv.COLUMN;
import static dev.nncc.tensor.lower.PictureConv.ROW;

import dev.nncc.graph.DType;
import dev.nncc.graph.Value;
import dev.nncc.tensor.constant.AxesCombination;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.region.Region;
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
  /** Rows of the result made together: few samples are transformed twice, and all stays near. */
  private static final long ROWS = 8;

  private final PhaseBuilder phase;
  private final PictureConv conv;
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
    conv = PictureConv.of(phase.region());
    whole = phase.domain("i");
    long all = conv.result().dim(ROW);
    long size = Math.max(1, Math.min(ROWS, all / ROWS));
    while (all % size != 0) {
      size--;
    }
    band = InputBand.ofPicture(phase, conv.node(), whole, all / size);
    rows = band.rows();
    tiles = conv.result().dim(COLUMN) / t.m();
    channels = conv.filters().dim(CHANNELS);
    height = conv.filters().dim(ROW);
    outBlocks = conv.outBlocks();
    group = ConvLowering.blocksInGroup(outBlocks);
  }

  /** Empty where it does not apply. */
  static Optional<List<Phase>> of(Region region, LowerContext context) {
    PhaseBuilder phase = new PhaseBuilder(region, context);
    PictureConv conv = PictureConv.of(region);
    Value x = conv.x();
    boolean picture =
        conv.fits(phase)
            && !phase.isMadeInside(x)
            && InputBand.serves(conv.node())
            && !phase.storage(x).isBlocked()
            && !phase.storage(x).hasBorder();
    return picture
        ? context
            .winograd()
            .alongRows(conv.node())
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
    return phase.build(WinogradLowering.NAME, band.around(whole, nest), conv.flops());
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
    Expr row = Exprs.add(times(r, conv.op().strides().get(0)), h);
    AxesCombination filters = new AxesCombination(1, List.of((long) t.frequencies()), t.g());
    Expr weight =
        new WeightPacking(conv.weights(phase), Optional.of(filters))
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
    long outRows = conv.result().dim(ROW);
    Expr n = at(whole.vars().get(0), conv.pictures());
    Expr block = Exprs.add(times(at("g", outBlocks / group), group), b);
    Expr channel = Exprs.add(times(block, BLOCK), l);
    Expr row = Exprs.add(times(at("band", outRows / rows), rows), r);
    Expr column = Exprs.add(times(s, t.m()), Exprs.index(i));
    return conv.stored(phase, y, List.of(n, channel, row, column));
  }
}
