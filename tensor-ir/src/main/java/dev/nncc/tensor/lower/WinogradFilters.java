package dev.nncc.tensor.lower;

import static dev.nncc.tensor.lower.Domain.at;
import static dev.nncc.tensor.lower.Domain.times;
import static dev.nncc.tensor.lower.PictureConv.BLOCK;
import static dev.nncc.tensor.lower.PictureConv.CHANNELS;
import static dev.nncc.tensor.lower.PictureConv.COLUMN;
import static dev.nncc.tensor.lower.PictureConv.ROW;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.winograd.Linear;
import dev.nncc.tensor.winograd.Winograd;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Filters that go to frequencies in the registers of the product that uses them, one row of
 * frequencies after the other: a row's accumulators fit for a few tiles. A large layer with few
 * tiles is bound by the bytes of its filters, of which there are several times as many in
 * frequencies as there are taps. One block of result channels and one chunk of channels at a time,
 * whose taps stay in the second level cache for all rows; those of the next chunk are on their way.
 */
final class WinogradFilters {
  /** Bytes of a chunk; two of them stand in the second level cache beside all samples. */
  private static final long CHUNK = 160 << 10;

  private final PhaseBuilder phase;
  private final PictureConv conv;
  private final Winograd w;
  private final long inBlocks;
  private final long blocksInChunk;

  WinogradFilters(PhaseBuilder phase, PictureConv conv, Winograd w) {
    this.phase = phase;
    this.conv = conv;
    this.w = w;
    inBlocks = conv.inBlocks();
    long d = Math.max(1, Math.min(inBlocks, CHUNK / (taps() * BLOCK * BLOCK * Float.BYTES)));
    while (inBlocks % d != 0) {
      d--;
    }
    blocksInChunk = d;
  }

  private long taps() {
    return (long) w.rows().r() * w.columns().r();
  }

  /** The products in all frequencies, added up in {@code m} chunk by chunk. */
  Stmt products(Buffer v, Buffer m, Expr picture, UnaryOperator<Expr> tileInSamples) {
    List<Stmt> rows = new ArrayList<>();
    for (int f = 0; f < w.rows().frequencies(); f++) {
      rows.add(hints(f));
      rows.add(row(f, v, m, picture, tileInSamples));
    }
    return Stmt.Block.of(
        List.of(
            cleared(m),
            Domain.nest(List.of("co"), List.of(inBlocks / blocksInChunk), Stmt.Block.of(rows))));
  }

  private static Stmt cleared(Buffer m) {
    List<String> loops = List.of("fh", "fw", "b", "t", "oi");
    List<Expr> place = new ArrayList<>();
    for (int d = 0; d < loops.size(); d++) {
      place.add(at(loops.get(d), m.shape().get(d)));
    }
    return Domain.nest(loops, m.shape(), new Stmt.Store(m, place, Exprs.number(DType.F32, 0)));
  }

  private Stmt row(int f, Buffer v, Buffer m, Expr picture, UnaryOperator<Expr> tileInSamples) {
    Expr t = at("t", w.tilesInBlock());
    Expr oi = Exprs.var("oi");
    Expr ci = at("ci", blocksInChunk);
    Expr cc = Exprs.var("cc");
    Expr block = Exprs.add(times(chunk(), blocksInChunk), ci);
    List<Expr> weights = weights(f, ci, cc, oi);
    List<Reduce.State> states = new ArrayList<>();
    List<Expr> next = new ArrayList<>();
    List<Expr> merged = new ArrayList<>();
    List<Reduce.Output> outputs = new ArrayList<>();
    for (int k = 0; k < w.columns().frequencies(); k++) {
      String name = Reduce.ACC + k;
      Expr sum = new Expr.Var(name, DType.F32);
      List<Expr> place = List.of(Exprs.index(f), Exprs.index(k), Exprs.index(0), t, oi);
      Expr sample =
          new Expr.Load(
              v,
              List.of(picture, Exprs.index(f), Exprs.index(k), block, tileInSamples.apply(t), cc));
      states.add(new Reduce.State(name, DType.F32, new Expr.Load(m, place)));
      next.add(new Expr.Bin(Expr.BinOp.ADD, sum, Exprs.mul(sample, weights.get(k))));
      merged.add(new Expr.Bin(Expr.BinOp.ADD, sum, new Expr.Var(name + "'", DType.F32)));
      outputs.add(new Reduce.Output(m, place, sum));
    }
    List<Expr> zeros = Collections.nCopies(states.size(), Exprs.number(DType.F32, 0));
    Stmt leaf =
        new Reduce(
            blocksInChunk == 1 ? List.of("cc") : List.of("ci", "cc"),
            states,
            next,
            Optional.of(new Reduce.Combine(zeros, merged, Optional.empty())),
            outputs);
    return Domain.nest(
        List.of("t", "oi", "ci", "cc"),
        List.of(w.tilesInBlock(), (long) BLOCK, blocksInChunk, (long) BLOCK),
        leaf);
  }

  /** In one row of frequencies, for a channel of the chunk. */
  private List<Expr> weights(int row, Expr ci, Expr cc, Expr oi) {
    List<Expr> down = new ArrayList<>();
    for (int j = 0; j < w.columns().r(); j++) {
      int column = j;
      List<Expr> taps = WinogradTiles.each(w.rows().r(), i -> tap(ci, cc, i, column, oi));
      down.add(Linear.of(List.of(w.rows().g().get(row)), taps, "x").inlined().get(0));
    }
    return Linear.of(w.columns().g(), down, "y").inlined();
  }

  private Expr chunk() {
    return at("co", inBlocks / blocksInChunk);
  }

  /** Touches a part of the next chunk while a row is computed. */
  private Stmt hints(int row) {
    long part = blocksInChunk * BLOCK * taps() / w.rows().frequencies() + 1;
    Expr line = Exprs.add(Exprs.index(row * part), Exprs.var("h"));
    Expr zero = Exprs.index(0);
    Expr.Load first = (Expr.Load) tap(zero, zero, 0, 0, zero);
    List<Expr> index = new ArrayList<>(first.index());
    index.set(1, Exprs.add(chunk(), Exprs.index(1)));
    index.set(index.size() - 1, times(line, BLOCK));
    Stmt touch = new Stmt.Prefetch(first.buffer(), index, 1);
    return Domain.nest(List.of("h"), List.of(part), touch);
  }

  private Expr tap(Expr ci, Expr cc, int row, int column, Expr oi) {
    long outBlocks = conv.outBlocks();
    return new WeightPacking(conv.weights(phase))
        .axis(outBlocks, 0, BLOCK, at("g", outBlocks))
        .axis(inBlocks / blocksInChunk, CHANNELS, blocksInChunk * BLOCK, chunk())
        .axis(blocksInChunk, CHANNELS, BLOCK, ci)
        .axis(BLOCK, CHANNELS, 1, cc)
        .axis(w.rows().r(), ROW, 1, Exprs.index(row))
        .axis(w.columns().r(), COLUMN, 1, Exprs.index(column))
        .axis(BLOCK, 0, 1, oi)
        .read(phase);
  }
}
