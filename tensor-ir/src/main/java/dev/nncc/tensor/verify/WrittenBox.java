package dev.nncc.tensor.verify;

import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.index.Range;
import dev.nncc.tensor.index.Ranges;
import dev.nncc.tensor.index.Simplifier;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The part of a buffer that a kernel's stores can reach, from the ranges of its loops. */
final class WrittenBox {
  private final Buffer buffer;
  private final List<Long> from = new ArrayList<>();
  private final List<Long> to = new ArrayList<>();

  private WrittenBox(Buffer buffer) {
    this.buffer = buffer;
  }

  /** The buffer cut down to that part, without a border; all of it where no store is left. */
  static Buffer of(Kernel k, Buffer b) {
    WrittenBox box = new WrittenBox(b);
    box.walk(Simplifier.simplify(k).body(), new LinkedHashMap<>());
    if (box.from.size() < b.rank()) {
      return b;
    }
    List<Long> shape = new ArrayList<>();
    long offset = b.offset();
    for (int d = 0; d < b.rank(); d++) {
      shape.add(box.to.get(d) - box.from.get(d) + 1);
      offset += box.from.get(d) * b.strides().get(d);
    }
    List<Long> none = Collections.nCopies(b.rank(), 0L);
    return new Buffer(
        b.name(), b.type(), b.space(), shape, none, none, b.strides(), offset, b.fill(), List.of());
  }

  private void walk(Stmt s, Map<String, Range> loops) {
    Map<String, Range> inside = loops;
    if (s instanceof Stmt.For f) {
      inside = new LinkedHashMap<>(loops);
      inside.put(f.var(), Simplifier.ofLoop(f, Ranges.of(loops)));
    } else if (s instanceof Stmt.Store t) {
      reach(t.buffer(), t.index(), loops);
    } else if (s instanceof Stmt.Update u) {
      reach(u.buffer(), u.index(), loops);
    } else if (s instanceof Reduce r) {
      r.outputs().forEach(o -> reach(o.buffer(), o.index(), loops));
    }
    Map<String, Range> below = inside;
    s.mapChildren(
        c -> {
          walk(c, below);
          return c;
        },
        e -> e);
  }

  private void reach(Buffer b, List<Expr> index, Map<String, Range> loops) {
    if (!b.name().equals(buffer.name())) {
      return;
    }
    for (int d = 0; d < b.rank(); d++) {
      Range r = Affine.of(index.get(d), Ranges.of(loops)).range(Ranges.of(loops));
      long lo = Math.max(0, r.lo());
      long hi = Math.min(b.shape().get(d) - 1, r.hi());
      if (from.size() == d) {
        from.add(lo);
        to.add(hi);
      } else {
        from.set(d, Math.min(from.get(d), lo));
        to.set(d, Math.max(to.get(d), hi));
      }
    }
  }
}
