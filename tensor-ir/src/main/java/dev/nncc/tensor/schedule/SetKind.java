package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.Alloc;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.Kind;
import dev.nncc.tensor.ir.Stmt.Let;
import java.util.List;
import java.util.Locale;

/**
 * {@code unroll v}, {@code vectorise v}, {@code parallel v}. Unrolling needs a constant extent; a
 * vector a constant extent, no order carried (of a reduction the lanes become partial results), and
 * no other loop inside but unrolled ones; a parallel loop carries nothing and is the outermost.
 */
record SetKind(String loop, Kind kind) implements Directive {
  @Override
  public Kernel apply(Kernel k) {
    if (kind == Kind.PAR) {
      checkOutermost(k);
    }
    if (kind == Kind.VEC) {
      checkInVector(k.body(), false);
    }
    return Nests.at(k, loop, this::set);
  }

  private Stmt set(For l) {
    if (l.kind() == kind) {
      return l;
    }
    if (l.kind() == Kind.SCAN && kind != Kind.UNROLL || l.kind() == Kind.PAR) {
      throw new Illegal("a " + l.kind().name().toLowerCase(Locale.ROOT) + " loop stays one");
    }
    if (kind == Kind.UNROLL && !l.isConstant()) {
      throw new Illegal("the extent is not constant");
    }
    if (kind == Kind.VEC) {
      checkVector(l);
    }
    if (kind == Kind.PAR && Deps.of(l).carriedBy(loop) != Deps.Carried.NOTHING) {
      throw new Illegal("carries a dependence");
    }
    return l.with(kind);
  }

  private void checkVector(For l) {
    if (!l.isConstant()) {
      throw new Illegal("the extent is not constant");
    }
    if (Nests.loops(l.body()).stream().anyMatch(f -> f.kind() != Kind.UNROLL)) {
      throw new Illegal("a loop inside a vector loop");
    }
    Deps.Carried c = Deps.of(l).carriedBy(loop);
    if (c == Deps.Carried.ORDER) {
      throw new Illegal("carries an order");
    }
    boolean whole =
        Nests.reductions(l).stream()
            .allMatch(r -> !r.over().contains(loop) || Form.of(r).isPresent());
    if (!whole) {
      throw new Illegal("a reduction without operators does not merge lanes");
    }
  }

  private void checkInVector(Stmt s, boolean inside) {
    if (s instanceof For f && f.var().equals(loop) && inside) {
      throw new Illegal("a vector loop inside a vector loop");
    }
    boolean in = inside || s instanceof For f && f.kind() == Kind.VEC;
    s.mapStatements(
        c -> {
          checkInVector(c, in);
          return c;
        });
  }

  private void checkOutermost(Kernel k) {
    Stmt s = k.body();
    while (!(s instanceof For f)) {
      if (s instanceof Alloc a) {
        s = a.body();
      } else if (s instanceof Let l) {
        s = l.body();
      } else {
        throw new Illegal("not the outermost loop");
      }
    }
    if (!f.var().equals(loop)) {
      throw new Illegal("not the outermost loop");
    }
  }

  /** The word of the directive. */
  static String word(Kind k) {
    return switch (k) {
      case UNROLL -> "unroll";
      case VEC -> "vectorise";
      case PAR -> "parallel";
      default -> throw new IllegalArgumentException("no directive makes a " + k);
    };
  }

  static List<Kind> kinds() {
    return List.of(Kind.UNROLL, Kind.VEC, Kind.PAR);
  }

  @Override
  public String toString() {
    return word(kind) + " " + loop;
  }
}
