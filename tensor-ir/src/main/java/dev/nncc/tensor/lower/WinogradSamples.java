package dev.nncc.tensor.lower;

import static dev.nncc.tensor.lower.Domain.at;
import static dev.nncc.tensor.lower.Domain.times;
import static dev.nncc.tensor.lower.PictureConv.BLOCK;
import static dev.nncc.tensor.lower.WinogradTiles.each;
import static dev.nncc.tensor.lower.WinogradTiles.lanes;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.winograd.Linear;
import dev.nncc.tensor.winograd.ToomCook;
import dev.nncc.tensor.winograd.Winograd;
import java.util.ArrayList;
import java.util.List;

/** The input of a Winograd convolution, from samples to frequencies. */
final class WinogradSamples {
  /** Tiles between a hint and its use. */
  private static final long AHEAD = 3;

  private final PhaseBuilder phase;
  private final PictureConv conv;
  private final WinogradTiles tiles;
  private final Buffer v;
  private final boolean whole;
  private final long inBlocks;
  private final Winograd w;
  private final ToomCook rows;
  private final ToomCook columns;

  /**
   * @param v what is made: {@code [picture][frequency row][frequency column][block of
   *     channels][tile][channel]}
   * @param whole of all pictures, not of one block of tiles alone
   */
  WinogradSamples(
      PhaseBuilder phase, PictureConv conv, WinogradTiles tiles, Buffer v, boolean whole) {
    this.phase = phase;
    this.conv = conv;
    this.tiles = tiles;
    this.v = v;
    this.whole = whole;
    inBlocks = conv.inBlocks();
    w = tiles.w();
    rows = w.rows();
    columns = w.columns();
  }

  /** Of the block that the loops around stand at. */
  Stmt ofBlock() {
    Expr r = at("r", w.blockRows());
    Expr s = at("s", w.blockColumns());
    return Domain.nest(
        List.of("c", "r", "s"),
        List.of(inBlocks, w.blockRows(), w.blockColumns()),
        tile(tiles.inBlock(r, s), tiles.tileRow(r), tiles.tileColumn(s)));
  }

  private Stmt tile(Expr inBlock, Expr tileRow, Expr tileColumn) {
    Expr n = whole ? tiles.picture() : Exprs.index(0);
    Expr tile = whole ? tiles.inPicture(inBlock) : inBlock;
    int th = rows.frequencies();
    int sw = columns.samples();
    Buffer half =
        Buffer.of("d", DType.F32, Space.LOCAL, List.of((long) th, (long) sw, (long) BLOCK));
    Expr j = at("j", sw);
    Expr k = at("k", th);
    Expr l = Exprs.var("l");
    Linear down =
        Linear.of(rows.b(), each(rows.samples(), i -> read(tileRow, i, tileColumn, j)), "x");
    List<Stmt> first = new ArrayList<>(hints(tileRow, tileColumn, j));
    for (int f = 0; f < th; f++) {
      first.add(new Stmt.Store(half, List.of(Exprs.index(f), j, l), down.values().get(f)));
    }
    Linear along =
        Linear.of(
            columns.b(), each(sw, i -> new Expr.Load(half, List.of(k, Exprs.index(i), l))), "y");
    List<Stmt> second = new ArrayList<>();
    for (int f = 0; f < columns.frequencies(); f++) {
      List<Expr> to = List.of(n, k, Exprs.index(f), at("c", inBlocks), tile, l);
      second.add(new Stmt.Store(v, to, along.values().get(f)));
    }
    return new Stmt.Alloc(
        half,
        Stmt.Block.of(
            List.of(
                lanes("j", sw, down.around(Stmt.Block.of(first))),
                lanes("k", th, along.around(Stmt.Block.of(second))))));
  }

  private Expr read(Expr tileRow, int i, Expr tileColumn, Expr j) {
    List<Expr> at = sample(tileRow, i, tileColumn, j, Exprs.var("l"));
    return Scalars.cast(DType.F32, new Expr.Load(phase.input(conv.x()), at));
  }

  private List<Expr> sample(Expr tileRow, int i, Expr tileColumn, Expr j, Expr lane) {
    return phase
        .storage(conv.x())
        .index(
            List.of(
                tiles.picture(),
                Exprs.add(times(at("c", inBlocks), BLOCK), lane),
                place(rows, tileRow, Exprs.index(i), conv.op().padsBegin().get(0)),
                place(columns, tileColumn, j, conv.op().padsBegin().get(1))));
  }

  /**
   * The same column of a tile that comes later: so many rows at once are more than the processor
   * fetches ahead by itself.
   */
  private List<Stmt> hints(Expr tileRow, Expr tileColumn, Expr j) {
    Expr later = Exprs.add(tileColumn, Exprs.index(AHEAD));
    List<Stmt> hints = new ArrayList<>();
    for (int i = 0; i < rows.samples(); i++) {
      List<Expr> at = sample(tileRow, i, later, j, Exprs.index(0));
      hints.add(new Stmt.Prefetch(phase.input(conv.x()), at, 1));
    }
    return hints;
  }

  private Expr place(ToomCook t, Expr tile, Expr sample, long padding) {
    Expr first = times(tile, (long) t.m() * t.stride());
    return Exprs.sub(Exprs.add(first, sample), Exprs.index(padding));
  }
}
