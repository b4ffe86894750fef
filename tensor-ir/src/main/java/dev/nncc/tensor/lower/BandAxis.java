package dev.nncc.tensor.lower;

import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.index.Range;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Stmt;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One axis of what lies between two phases, as a band sees it.
 *
 * @param stored the maker's loop along the axis; empty where it has extent 1
 * @param data the reader's own loop along the axis, of which a band has {@code size} iterations
 * @param count bands along the axis
 * @param step from a band's first element to the next one's
 * @param first what band 0 reads first; negative beside the picture
 * @param extent elements that a band reads
 * @param all elements that there are
 */
record BandAxis(
    int axis,
    Optional<String> stored,
    Optional<String> data,
    long size,
    long count,
    long step,
    long first,
    long extent,
    long all) {
  /** The size of a band that has all of an axis. */
  static final long WHOLE = Long.MAX_VALUE;

  static Optional<BandAxis> of(
      int axis, BandNest made, Expr to, BandNest read, Expr from, long size) {
    boolean loop = to instanceof Expr.Var;
    if (!loop && !to.equals(Exprs.index(0))) {
      return Optional.empty();
    }
    Optional<String> stored = loop ? Optional.of(((Expr.Var) to).name()) : Optional.empty();
    long all = stored.map(made::extent).orElse(1L);
    Optional<String> data = read.dataLoop(from);
    Affine index = read.affine(from);
    if (data.isPresent() && !index.isLinearIn(data.get())) {
      return Optional.empty();
    }
    long trip = data.map(read::extent).orElse(1L);
    long own = Math.min(size, trip);
    long stride = data.map(index::coefficient).orElse(0L);
    Affine rest = data.map(index::without).orElse(index);
    Range other = rest.range(read.ranges());
    if (stride < 0 || trip % own != 0 || !other.isFinite()) {
      return Optional.empty();
    }
    long extent = other.hi() - other.lo() + (own - 1) * stride + 1;
    BandAxis band =
        new BandAxis(axis, stored, data, own, trip / own, stride * own, other.lo(), extent, all);
    // windows may all stand beside the picture
    return Optional.of(band).filter(a -> a.makes() > 0);
  }

  String outer() {
    return "band" + axis;
  }

  /** Whether a band has a part of the axis only. */
  boolean isCut() {
    return count > 1;
  }

  /** Elements made for each one that there is. */
  double repeated() {
    return isCut() ? (double) extent * count / all : 1;
  }

  private Expr base() {
    return isCut() ? Exprs.mul(Exprs.var(outer()), Exprs.index(step)) : Exprs.index(0);
  }

  private boolean mayMiss() {
    return first < 0 || first + (count - 1) * step + extent > all;
  }

  /** Iterations of the maker's loop. */
  long makes() {
    return isCut() ? extent : Math.min(all, first + extent) - Math.max(0, first);
  }

  /** Which element the maker's loop makes; inside the picture whatever the loop stands at. */
  Expr makes(Expr loop) {
    if (!isCut()) {
      return Exprs.add(loop, Exprs.index(Math.max(0, first)));
    }
    Expr at = Exprs.add(Exprs.add(base(), loop), Exprs.index(first));
    return mayMiss() ? Exprs.max(Exprs.min(at, Exprs.index(all - 1)), Exprs.index(0)) : at;
  }

  /** Where the maker's loop puts it in the band. */
  Expr puts(Expr loop) {
    return isCut() ? loop : Exprs.add(loop, Exprs.index(Math.max(0, -first)));
  }

  /** The reader's own loop in terms of the band and the loop inside. */
  Expr reads(Expr loop) {
    Expr outer = Exprs.mul(Exprs.var(outer()), Exprs.index(size));
    return !isCut() ? loop : size == 1 ? Exprs.var(outer()) : Exprs.add(outer, loop);
  }

  /** From an index of the whole to one of the band. */
  Expr inBand(Expr index) {
    return Exprs.sub(Exprs.sub(index, base()), Exprs.index(first));
  }

  /** What lies beside the picture, in the first and last bands if this axis is cut. */
  List<Stmt> besides(Buffer band) {
    List<Stmt> all = new ArrayList<>();
    beside(band, 0, Math.min(extent, -first), "b").ifPresent(all::add);
    long end = Math.max(0, Math.min(extent, this.all - first - (count - 1) * step));
    beside(band, end, extent - end, "e").ifPresent(all::add);
    return all;
  }

  private Optional<Stmt> beside(Buffer band, long from, long places, String prefix) {
    if (places <= 0) {
      return Optional.empty();
    }
    List<String> vars = new ArrayList<>();
    List<Long> extents = new ArrayList<>(band.shape());
    extents.set(axis, places);
    List<Expr> at = new ArrayList<>();
    for (int a = 0; a < band.rank(); a++) {
      vars.add(prefix + axis + a);
      Expr v = Domain.at(vars.get(a), extents.get(a));
      at.add(a == axis ? Exprs.add(v, Exprs.index(from)) : v);
    }
    Expr fill = Exprs.number(band.type(), band.fill());
    Expr value =
        isCut() ? new Expr.Select(exists(at.get(axis)), new Expr.Load(band, at), fill) : fill;
    return Optional.of(Domain.nest(vars, extents, new Stmt.Store(band, at, value)));
  }

  private Expr exists(Expr place) {
    Expr at = Exprs.add(Exprs.add(base(), place), Exprs.index(first));
    return Exprs.and(Exprs.lt(Exprs.index(-1), at), Exprs.lt(at, Exprs.index(all)));
  }
}
