package dev.nncc.tensor.plan;

import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.lower.Argument;
import dev.nncc.tensor.lower.Phase;
import dev.nncc.tensor.storage.Storage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** When the borders of values are written, and the kernel that does it. */
final class Borders {
  /** When a border is written. */
  enum When {
    /** Not at all: there is none, or a value of the same geometry has left it behind. */
    NEVER,
    /** When the context is made. */
    ONCE,
    /** In every run, in front of the first writer. */
    EACH_RUN
  }

  private Borders() {}

  /**
   * When each border is written. Once is enough where every place that overlaps has the very same
   * geometry at the same offset. Otherwise a value can still follow one of its geometry in the same
   * run with nothing in between; from one run to the next nothing is handed over, since a run may
   * end in the middle.
   */
  static List<When> of(List<Place> places, List<Long> offsets) {
    List<When> all = new ArrayList<>();
    for (int i = 0; i < places.size(); i++) {
      all.add(places.get(i).border().isEmpty() ? When.NEVER : when(i, places, offsets));
    }
    return all;
  }

  private static When when(int i, List<Place> places, List<Long> offsets) {
    Place me = places.get(i);
    long from = offsets.get(i);
    int before = -1;
    boolean shared = false;
    for (int k = 0; k < places.size(); k++) {
      Place p = places.get(k);
      long at = offsets.get(k);
      if (k == i || at >= from + me.bytes() || from >= at + p.bytes()) {
        continue;
      }
      shared |= !same(me, from, p, at);
      if (p.last() < me.first() && (before < 0 || p.last() > places.get(before).last())) {
        before = k;
      }
    }
    if (!shared) {
      return When.ONCE;
    }
    return before >= 0 && same(me, from, places.get(before), offsets.get(before))
        ? When.NEVER
        : When.EACH_RUN;
  }

  private static boolean same(Place a, long atA, Place b, long atB) {
    return atA == atB && a.border().equals(b.border());
  }

  /** The kernel that writes all of a border and nothing else. */
  static Phase phase(Storage s, Argument whole) {
    List<Long> extents = new ArrayList<>();
    for (int d = 0; d < s.extents().size(); d++) {
      extents.add(s.lo().get(d) + s.extents().get(d) + s.hi().get(d));
    }
    List<Long> none = Collections.nCopies(extents.size(), 0L);
    Buffer all =
        new Buffer(
            "a0", s.dtype(), Space.GLOBAL, extents, none, none, s.strides(), 0, 0, List.of());
    int outer = 0;
    while (s.lo().get(outer) == 0 && s.hi().get(outer) == 0) {
      outer++;
    }
    List<Stmt> slabs = new ArrayList<>();
    for (int d = outer; d < extents.size(); d++) {
      long inside = s.lo().get(d) + s.extents().get(d);
      if (s.lo().get(d) > 0) {
        slabs.add(slab(s, all, outer, d, 0, s.lo().get(d), "l" + d));
      }
      if (s.hi().get(d) > 0) {
        slabs.add(slab(s, all, outer, d, inside, s.hi().get(d), "h" + d));
      }
    }
    Stmt body = Stmt.Block.of(slabs);
    for (int d = outer - 1; d >= 0; d--) {
      if (extents.get(d) != 1) {
        body = Stmt.For.of("i" + d, extents.get(d), body);
      }
    }
    return new Phase(Kernel.of("border", List.of(all), body), List.of(whole), 0);
  }

  /**
   * Indices {@code start .. start + size} of axis {@code axis}: of the axes before it the inside
   * only, since their own slabs hold the rest; of those behind it everything.
   */
  private static Stmt slab(
      Storage s, Buffer all, int outer, int axis, long start, long size, String name) {
    int rank = all.rank();
    List<Expr> index = new ArrayList<>();
    List<Long> extents = new ArrayList<>();
    for (int d = 0; d < rank; d++) {
      long from = d == axis ? start : d > outer - 1 && d < axis ? s.lo().get(d) : 0;
      long n =
          d == axis ? size : d > outer - 1 && d < axis ? s.extents().get(d) : all.shape().get(d);
      extents.add(n);
      Expr at = n == 1 ? Exprs.index(0) : Exprs.var(d < outer ? "i" + d : name + "_" + d);
      index.add(from == 0 ? at : n == 1 ? Exprs.index(from) : Exprs.add(at, Exprs.index(from)));
    }
    Stmt leaf = new Stmt.Store(all, index, Exprs.number(s.dtype(), s.fill()));
    for (int d = rank - 1; d >= outer; d--) {
      if (extents.get(d) != 1) {
        leaf = Stmt.For.of(name + "_" + d, extents.get(d), leaf);
      }
    }
    return leaf;
  }
}
