package dev.nncc.tensor.lower;

import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.For;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The loops with which all of some phases begin, down to one over rows: what lies between the
 * phases is then seen row by row.
 */
final class SharedLoops {
  private final List<For> loops;

  private SharedLoops(List<For> loops) {
    this.loops = List.copyOf(loops);
  }

  static SharedLoops of(List<Phase> phases) {
    List<For> shared = new ArrayList<>(spine(phases.get(0)));
    for (Phase p : phases) {
      List<For> own = spine(p);
      int same = 0;
      while (same < Math.min(own.size(), shared.size())
          && own.get(same).var().equals(shared.get(same).var())
          && own.get(same).extent().equals(shared.get(same).extent())) {
        same++;
      }
      shared.subList(same, shared.size()).clear();
    }
    return new SharedLoops(shared);
  }

  /** The serial loops of constant extent around all else, from outside in. */
  static List<For> spine(Phase p) {
    List<For> loops = new ArrayList<>();
    Stmt s = p.kernel().body();
    while (s instanceof For f && f.kind() == Stmt.Kind.FOR && f.isConstant()) {
      loops.add(f);
      s = f.body();
    }
    return loops;
  }

  int size() {
    return loops.size();
  }

  /** The loop over rows. */
  For rows() {
    return loops.get(loops.size() - 1);
  }

  /** The loops around the one over rows. */
  List<For> around() {
    return loops.subList(0, loops.size() - 1);
  }

  /** What a phase does in these loops. */
  Stmt inside(Phase p) {
    Stmt s = p.kernel().body();
    for (int i = 0; i < loops.size(); i++) {
      s = ((For) s).body();
    }
    return s;
  }

  /** The loops of a phase inside these. */
  List<For> within(Phase p) {
    List<For> own = spine(p);
    return own.subList(loops.size(), own.size());
  }

  /** Whether a phase uses a buffer at the row of these loops only. */
  boolean isInRows(Phase p, Buffer b) {
    boolean[] fine = {b.strides().equals(Buffer.rowMajor(b.shape())) && b.offset() == 0};
    eachIndex(p.kernel().body(), b, index -> fine[0] &= rowAxis(index) >= 0);
    return fine[0];
  }

  /** The part of an index that is within a row. */
  List<Expr> inRow(List<Expr> index) {
    return index.subList(rowAxis(index) + 1, index.size());
  }

  /** The extents of one row of what lies between the phases. */
  List<Long> rowShape(Phase p, Buffer b) {
    List<Long> shape = new ArrayList<>();
    eachIndex(
        p.kernel().body(),
        b,
        index -> {
          shape.clear();
          shape.addAll(b.shape().subList(rowAxis(index) + 1, b.rank()));
        });
    return shape;
  }

  /** Behind which axis the row begins: those in front are the loops loops in order; else -1. */
  private int rowAxis(List<Expr> index) {
    int next = 0;
    for (int a = 0; a < index.size(); a++) {
      if (next < loops.size() && index.get(a).equals(Exprs.var(loops.get(next).var()))) {
        next++;
      } else if (!(next == 0 && index.get(a).equals(Exprs.index(0)))) {
        return -1;
      }
      if (next == loops.size()) {
        boolean free =
            index.subList(a + 1, index.size()).stream()
                .noneMatch(e -> loops.stream().anyMatch(f -> Exprs.mentions(e, f.var())));
        return free ? a : -1;
      }
    }
    return -1;
  }

  private static void eachIndex(Stmt body, Buffer b, Consumer<List<Expr>> consumer) {
    body.rewriteExprs(
        e -> {
          if (e instanceof Expr.Load l && l.buffer().equals(b)) {
            consumer.accept(l.index());
          }
          return e;
        });
    body.rewrite(
        s -> {
          if (s instanceof Stmt.Store t && t.buffer().equals(b)) {
            consumer.accept(t.index());
          } else if (s instanceof Reduce r) {
            r.outputs().stream()
                .filter(o -> o.buffer().equals(b))
                .forEach(o -> consumer.accept(o.index()));
          }
          return s;
        });
  }
}
