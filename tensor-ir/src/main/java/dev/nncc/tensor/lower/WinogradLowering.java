package dev.nncc.tensor.lower;

import static dev.nncc.tensor.lower.Domain.at;
import static dev.nncc.tensor.lower.Domain.times;
import static dev.nncc.tensor.lower.PictureConv.BLOCK;
import static dev.nncc.tensor.lower.PictureConv.CHANNELS;
import static dev.nncc.tensor.lower.PictureConv.COLUMN;
import static dev.nncc.tensor.lower.PictureConv.ROW;
import static dev.nncc.tensor.lower.WinogradTiles.each;
import static dev.nncc.tensor.lower.WinogradTiles.lanes;

import dev.nncc.graph.DType;
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
import dev.nncc.tensor.winograd.Winograd;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Convolution by minimal filtering. For a block of tiles: the samples of all input channels go to
 * frequencies; then, for one group of result channels after the other, a matrix product in each
 * frequency, tiles by channels, and its results back from frequencies, with the region's epilogue.
 * What lies between stays in memory of the worker. Where blocks are few, the samples are
 * transformed by a kernel of its own, and workers share the groups of channels.
 */
public final class WinogradLowering {
  /** What the names of these kernels begin with. */
  public static final String NAME = "winograd";

  /** Operations a sample and frequency, for the share of work of the transforms. */
  private static final double TRANSFORM = 4;

  /** Bytes of a result from which its lines come from memory before they are stored to. */
  private static final long LARGE_RESULT = 2 << 20;

  /** Tiles between a hint for a result's lines and their stores. */
  private static final long RESULTS_AHEAD = 2;

  private final Region region;
  private final LowerContext context;
  private final Winograd w;
  private final PictureConv conv;
  private final WinogradTiles tiles;
  private final long inBlocks;
  private final long outBlocks;
  private final int group;

  private WinogradLowering(Region region, LowerContext context, Winograd w) {
    this.region = region;
    this.context = context;
    this.w = w;
    conv = PictureConv.of(region);
    tiles = new WinogradTiles(w, conv.pictures());
    inBlocks = conv.inBlocks();
    outBlocks = conv.outBlocks();
    group = w.filtersInRun() ? 1 : ConvLowering.blocksInGroup(outBlocks);
  }

  /** Empty where the direct convolution is cheaper, or a storage does not fit. */
  static Optional<WinogradLowering> of(Region region, LowerContext context) {
    PhaseBuilder phase = new PhaseBuilder(region, context);
    PictureConv conv = PictureConv.of(region);
    if (!conv.fits(phase) || phase.isMadeInside(conv.x()) || !phase.storage(conv.x()).isBlocked()) {
      return Optional.empty();
    }
    Storage s = phase.storage(conv.x());
    return context
        .winograd()
        .of(conv.node())
        .filter(w -> fits(s, conv, w))
        .map(w -> new WinogradLowering(region, context, w));
  }

  /** Whether the border has all that the tiles reach outside the picture. */
  private static boolean fits(Storage s, PictureConv conv, Winograd w) {
    boolean fits = true;
    for (int a = 0; a < 2; a++) {
      long before = conv.op().padsBegin().get(a);
      long behind = w.overhang(a, before, conv.x().shape().dim(a + ROW));
      boolean inside = before == 0 && behind == 0;
      fits &= inside || s.fill() == 0 && s.lo(a + ROW) >= before && s.hi(a + ROW) >= behind;
    }
    return fits;
  }

  List<Phase> phases() {
    return w.isShared() ? List.of(samplesPhase(), productsPhase()) : List.of(wholePhase());
  }

  private Phase wholePhase() {
    PhaseBuilder phase = new PhaseBuilder(region, context);
    Buffer v = samplesBuffer(Space.LOCAL, 1, w.tilesInBlock());
    Stmt samples = new WinogradSamples(phase, conv, tiles, v, false).ofBlock();
    Stmt both = Stmt.Block.of(List.of(samples, new Products(phase, v, false).ofGroups()));
    return phase.build(NAME, tiles.overBlocks(new Stmt.Alloc(v, both)), conv.flops());
  }

  private Phase samplesPhase() {
    PhaseBuilder phase = new PhaseBuilder(region, context);
    Buffer v = phase.scratch(0, allSamples());
    Stmt samples = new WinogradSamples(phase, conv, tiles, v, true).ofBlock();
    double vectors = (double) tiles.pictures() * w.tileRows() * w.tileColumns() * inBlocks * BLOCK;
    return phase.build(
        NAME + "_samples", tiles.overBlocks(samples), TRANSFORM * w.frequencies() * vectors);
  }

  private Phase productsPhase() {
    PhaseBuilder phase = new PhaseBuilder(region, context);
    Buffer v = phase.scratch(0, allSamples());
    Stmt body = tiles.overBlocks(new Products(phase, v, true).ofGroups());
    return phase.build(NAME, body, conv.flops());
  }

  private Buffer allSamples() {
    return samplesBuffer(Space.GLOBAL, tiles.pictures(), w.tileRows() * w.tileColumns());
  }

  /** {@code [picture][frequency row][frequency column][block of channels][tile][channel]}. */
  private Buffer samplesBuffer(Space space, long n, long count) {
    return tiles.frequencies("v", space, List.of(n), List.of(inBlocks, count));
  }

  /** The products in frequencies and their way back to results. */
  private final class Products {
    private final PhaseBuilder phase;
    private final Buffer v;
    private final boolean whole;
    private final Buffer m =
        tiles.frequencies("m", Space.LOCAL, List.of(), List.of((long) group, w.tilesInBlock()));
    private final ToomCook rows = w.rows();
    private final ToomCook columns = w.columns();

    /**
     * @param whole samples are those of all tiles.pictures(), not of the block alone
     */
    Products(PhaseBuilder phase, Buffer v, boolean whole) {
      this.phase = phase;
      this.v = v;
      this.whole = whole;
    }

    Stmt ofGroups() {
      List<Stmt> all = new ArrayList<>();
      if (w.filtersInRun()) {
        Expr n = whole ? tiles.picture() : Exprs.index(0);
        all.add(new WinogradFilters(phase, conv, w).products(v, m, n, this::inSamples));
      } else {
        for (ToomCook.Run r : rows.runs()) {
          for (ToomCook.Run c : columns.runs()) {
            all.add(product(r, c));
          }
        }
      }
      all.add(results());
      Stmt one = new Stmt.Alloc(m, Stmt.Block.of(all));
      return Domain.nest(List.of("g"), List.of(outBlocks / group), one);
    }

    /** In the frequencies of two runs. */
    private Stmt product(ToomCook.Run r, ToomCook.Run c) {
      Expr fh = Exprs.add(at("fh", r.count()), Exprs.index(r.first()));
      Expr fw = Exprs.add(at("fw", c.count()), Exprs.index(c.first()));
      Expr b = at("b", group);
      Expr t = at("t", w.tilesInBlock());
      Expr ci = at("ci", inBlocks);
      Expr cc = Exprs.var("cc");
      Expr oi = Exprs.var("oi");
      Expr sample =
          new Expr.Load(
              v, List.of(whole ? tiles.picture() : Exprs.index(0), fh, fw, ci, inSamples(t), cc));
      Expr weight = weight(filter(r, fh), filter(c, fw), ci, cc, b, oi);
      Stmt leaf =
          Reductions.into(
              m,
              List.of(fh, fw, b, t, oi),
              Expr.BinOp.ADD,
              inBlocks == 1 ? List.of("cc") : List.of("ci", "cc"),
              Exprs.mul(sample, weight),
              e -> e);
      return Domain.nest(
          List.of("fh", "fw", "b", "t", "oi", "ci", "cc"),
          List.of(
              (long) r.count(),
              (long) c.count(),
              (long) group,
              w.tilesInBlock(),
              (long) BLOCK,
              inBlocks,
              (long) BLOCK),
          leaf);
    }

    /** Frequencies behind the first run share one filter. */
    private Expr filter(ToomCook.Run run, Expr frequency) {
      return run.first() == 0 ? frequency : Exprs.index(run.first());
    }

    private Expr inSamples(Expr tile) {
      return whole ? tiles.inPicture(tile) : tile;
    }

    private Expr weight(Expr fh, Expr fw, Expr ci, Expr cc, Expr b, Expr oi) {
      AxesCombination filters = AxesCombination.ofPairs(rows.filters(), columns.filters());
      WeightPacking packing = new WeightPacking(conv.weights(phase), Optional.of(filters));
      return packing
          .axis(outBlocks / group, 0, (long) group * BLOCK, at("g", outBlocks / group))
          .axis(rows.filters().size(), ROW, 1, fh)
          .axis(columns.filters().size(), COLUMN, 1, fw)
          .axis(inBlocks, CHANNELS, BLOCK, ci)
          .axis(BLOCK, CHANNELS, 1, cc)
          .axis(group, 0, BLOCK, b)
          .axis(BLOCK, 0, 1, oi)
          .read(phase);
    }

    /** From frequencies to results, tile by tile. */
    private Stmt results() {
      int tw = columns.frequencies();
      Buffer half =
          Buffer.of("e", DType.F32, Space.LOCAL, List.of((long) rows.m(), (long) tw, (long) BLOCK));
      Expr r = at("r", w.blockRows());
      Expr s = at("s", w.blockColumns());
      Expr tile = tiles.inBlock(r, s);
      Expr b = at("b", group);
      Expr j = at("j", tw);
      Expr k = at("k", rows.m());
      Expr l = Exprs.var("l");
      Linear down =
          Linear.of(
              rows.a(),
              each(
                  rows.frequencies(),
                  f -> new Expr.Load(m, List.of(Exprs.index(f), j, b, tile, l))),
              "x");
      List<Stmt> first = new ArrayList<>();
      for (int i = 0; i < rows.m(); i++) {
        first.add(new Stmt.Store(half, List.of(Exprs.index(i), j, l), down.values().get(i)));
      }
      Linear along =
          Linear.of(
              columns.a(), each(tw, f -> new Expr.Load(half, List.of(k, Exprs.index(f), l))), "y");
      List<Stmt> second = hints(tiles.tileRow(r), k, tiles.tileColumn(s), b);
      for (int i = 0; i < columns.m(); i++) {
        second.add(
            stored(along.values().get(i), tiles.tileRow(r), k, tiles.tileColumn(s), i, b, l));
      }
      Stmt one =
          new Stmt.Alloc(
              half,
              Stmt.Block.of(
                  List.of(
                      lanes("j", tw, down.around(Stmt.Block.of(first))),
                      lanes("k", rows.m(), along.around(Stmt.Block.of(second))))));
      return Domain.nest(
          List.of("b", "r", "s"), List.of((long) group, w.blockRows(), w.blockColumns()), one);
    }

    /** For the lines that a later tile stores to: a store waits until its line has come. */
    private List<Stmt> hints(Expr tileRow, Expr k, Expr tileColumn, Expr b) {
      List<Stmt> hints = new ArrayList<>();
      if (region.results().size() > 1
          || !phase.resultStorage(0).isBlocked()
          || conv.result().elements() * Float.BYTES < LARGE_RESULT) {
        return hints;
      }
      Expr later = Exprs.add(tileColumn, Exprs.index(RESULTS_AHEAD));
      for (int i = 0; i < columns.m(); i++) {
        List<Expr> at =
            List.of(
                tiles.picture(),
                times(blockOf(b), BLOCK),
                place(rows, tileRow, k),
                place(columns, later, Exprs.index(i)));
        hints.add(new Stmt.Prefetch(phase.result(0), phase.resultStorage(0).index(at), 1));
      }
      return hints;
    }

    private Expr blockOf(Expr b) {
      return Exprs.add(times(at("g", outBlocks / group), group), b);
    }

    private Expr place(ToomCook t, Expr tile, Expr inside) {
      return Exprs.add(times(tile, t.m()), inside);
    }

    /** A result with its epilogue, where the picture has it. */
    private Stmt stored(Expr y, Expr tileRow, Expr k, Expr tileColumn, int i, Expr b, Expr l) {
      Expr channel = Exprs.add(times(blockOf(b), BLOCK), l);
      Expr row = place(rows, tileRow, k);
      Expr column = place(columns, tileColumn, Exprs.index(i));
      Stmt store = conv.stored(phase, y, List.of(tiles.picture(), channel, row, column));
      store = ifInside(store, column, COLUMN, w.tileColumns() * columns.m());
      return ifInside(store, row, ROW, w.tileRows() * rows.m());
    }

    private Stmt ifInside(Stmt s, Expr place, int axis, long reach) {
      long extent = conv.result().dim(axis);
      return reach == extent
          ? s
          : new Stmt.If(Exprs.lt(place, Exprs.index(extent)), s, Optional.empty());
    }
  }
}
