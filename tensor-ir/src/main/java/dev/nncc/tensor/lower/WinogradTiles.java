package dev.nncc.tensor.lower;

import static dev.nncc.tensor.lower.Domain.at;
import static dev.nncc.tensor.lower.Domain.times;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.storage.Storage;
import dev.nncc.tensor.winograd.Winograd;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Where the loops of a Winograd kernel stand: pictures, blocks of tiles, tiles.
 *
 * @param pictures in the batch
 */
record WinogradTiles(Winograd w, long pictures) {
  private static final int BLOCK = Storage.BLOCK;

  /**
   * A buffer over frequencies. Their distance is an odd number of cache lines: a power of two would
   * put all that a transform writes into one set of the cache.
   */
  Buffer frequencies(String name, Space space, List<Long> around, List<Long> inside) {
    List<Long> shape = new ArrayList<>(around);
    shape.add((long) w.rows().frequencies());
    shape.add((long) w.columns().frequencies());
    shape.addAll(inside);
    shape.add((long) BLOCK);
    long lines = inside.stream().reduce(1L, (a, b) -> a * b);
    List<Long> strides = new ArrayList<>(Buffer.rowMajor(shape));
    long step = (lines % 2 == 0 ? lines + 1 : lines) * BLOCK;
    for (int d = around.size() + 1; d >= 0; d--) {
      strides.set(d, step);
      step *= shape.get(d);
    }
    List<Long> none = Collections.nCopies(shape.size(), 0L);
    return new Buffer(name, DType.F32, space, shape, none, none, strides, 0, 0, List.of());
  }

  /** Loops over pictures and blocks of tiles. */
  Stmt overBlocks(Stmt body) {
    return Domain.nest(
        List.of("n", "p", "q"),
        List.of(pictures, w.tileRows() / w.blockRows(), w.tileColumns() / w.blockColumns()),
        body);
  }

  Expr picture() {
    return at("n", pictures);
  }

  /** The row of tiles; {@code inner} counts within a block. */
  Expr tileRow(Expr inner) {
    long n = w.tileRows() / w.blockRows();
    return Exprs.add(times(at("p", n), w.blockRows()), inner);
  }

  Expr tileColumn(Expr inner) {
    long n = w.tileColumns() / w.blockColumns();
    return Exprs.add(times(at("q", n), w.blockColumns()), inner);
  }

  /** The number of a tile in its block. */
  Expr inBlock(Expr row, Expr column) {
    return Exprs.add(times(row, w.blockColumns()), column);
  }

  /** The number, among all of a picture, of a tile of the block that the loops stand at. */
  Expr inPicture(Expr inBlock) {
    Expr p = times(at("p", w.tileRows() / w.blockRows()), w.blockRows() * w.tileColumns());
    Expr q = times(at("q", w.tileColumns() / w.blockColumns()), w.blockColumns());
    return Exprs.add(Exprs.add(p, q), inBlock);
  }

  /** A vector of all lanes, under a loop over what else it is made for. */
  static Stmt lanes(String var, long extent, Stmt s) {
    return Domain.nest(List.of(var, "l"), List.of(extent, (long) BLOCK), s);
  }

  static List<Expr> each(int n, IntFunction<Expr> f) {
    List<Expr> l = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      l.add(f.apply(i));
    }
    return l;
  }
}
