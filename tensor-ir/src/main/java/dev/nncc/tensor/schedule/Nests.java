package dev.nncc.tensor.schedule;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.If;
import dev.nncc.tensor.ir.Stmt.Kind;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** Finding and building loop nests. */
final class Nests {
  /** Stands for the whole kernel where a directive names a loop to work in. */
  static final String ROOT = "root";

  private Nests() {}

  /** Rewrites the one loop of that name. */
  static Kernel at(Kernel k, String var, Function<For, Stmt> f) {
    boolean[] found = {false};
    Stmt body = at(k.body(), var, f, found);
    if (!found[0]) {
      throw new Illegal("no loop " + var);
    }
    return k.with(body);
  }

  private static Stmt at(Stmt s, String var, Function<For, Stmt> f, boolean[] found) {
    if (found[0]) {
      return s;
    }
    if (s instanceof For l && l.var().equals(var)) {
      found[0] = true;
      return f.apply(l);
    }
    return s.mapStatements(c -> at(c, var, f, found));
  }

  /** Rewrites the body of the loop of that name, or of the kernel. */
  static Kernel within(Kernel k, String var, Function<Stmt, Stmt> f) {
    return var.equals(ROOT)
        ? k.with(f.apply(k.body()))
        : at(k, var, l -> l.with(f.apply(l.body())));
  }

  static Optional<For> find(Kernel k, String var) {
    return find(k.body(), var);
  }

  private static Optional<For> find(Stmt s, String var) {
    if (s instanceof For f) {
      return f.var().equals(var) ? Optional.of(f) : find(f.body(), var);
    }
    List<For> found = new ArrayList<>();
    s.mapStatements(
        c -> {
          if (found.isEmpty()) {
            find(c, var).ifPresent(found::add);
          }
          return c;
        });
    return found.stream().findFirst();
  }

  /** All loops, each before those inside it. */
  static List<For> loops(Stmt s) {
    List<For> l = new ArrayList<>();
    collect(s, l);
    return l;
  }

  private static void collect(Stmt s, List<For> into) {
    if (s instanceof For f) {
      into.add(f);
    }
    s.mapStatements(
        c -> {
          collect(c, into);
          return c;
        });
  }

  static List<Reduce> reductions(Stmt s) {
    List<Reduce> l = new ArrayList<>();
    s.rewrite(
        x -> {
          if (x instanceof Reduce r) {
            l.add(r);
          }
          return x;
        });
    return l;
  }

  /** The reduction at the bottom of a perfect nest, guards allowed. */
  static Optional<Reduce> leaf(Stmt s) {
    Stmt x = s;
    while (!(x instanceof Reduce)) {
      if (x instanceof For f) {
        x = f.body();
      } else if (x instanceof If i && i.no().isEmpty()) {
        x = i.yes();
      } else {
        return Optional.empty();
      }
    }
    return Optional.of((Reduce) x);
  }

  /** The loops of a perfect nest down to its first statement that is no loop and no guard. */
  static List<For> spine(Stmt s) {
    List<For> l = new ArrayList<>();
    Stmt x = s;
    while (true) {
      if (x instanceof For f) {
        l.add(f);
        x = f.body();
      } else if (x instanceof If i && i.no().isEmpty()) {
        x = i.yes();
      } else {
        return l;
      }
    }
  }

  /** The guards between the top of a perfect nest and its reduction. */
  static List<Expr> guards(Stmt s) {
    List<Expr> l = new ArrayList<>();
    Stmt x = s;
    while (!(x instanceof Reduce)) {
      if (x instanceof For f) {
        x = f.body();
      } else if (x instanceof If i) {
        l.add(i.condition());
        x = i.yes();
      } else {
        break;
      }
    }
    return l;
  }

  /** In all reductions, the loop v of {@code over} becomes the loops by. */
  static Stmt renameOver(Stmt s, String v, List<String> by) {
    return s.rewrite(
        x -> {
          if (!(x instanceof Reduce r) || !r.over().contains(v)) {
            return x;
          }
          Set<String> over = new LinkedHashSet<>();
          for (String o : r.over()) {
            over.addAll(o.equals(v) ? by : List.of(o));
          }
          return new Reduce(
              new ArrayList<>(over), r.states(), r.next(), r.combine(), r.lets(), r.outputs());
        });
  }

  static Stmt substitute(Stmt s, String var, Expr by) {
    return s.rewriteExprs(x -> x instanceof Expr.Var v && v.name().equals(var) ? by : x);
  }

  /** The loop and all that mentions it under another name. */
  static Stmt rename(Stmt s, String var, String to) {
    Stmt x = renameOver(substitute(s, var, Exprs.var(to)), var, List.of(to));
    return x.rewrite(
        y ->
            y instanceof For f && f.var().equals(var)
                ? new For(to, f.extent(), f.kind(), f.body())
                : y);
  }

  static Stmt nest(List<For> loops, Stmt s) {
    Stmt x = s;
    for (int i = loops.size() - 1; i >= 0; i--) {
      x = loops.get(i).with(x);
    }
    return x;
  }

  static Stmt guarded(List<Expr> guards, Stmt s) {
    Stmt x = s;
    for (int i = guards.size() - 1; i >= 0; i--) {
      x = new If(guards.get(i), x, Optional.empty());
    }
    return x;
  }

  /** Vector loops innermost, the rest in order. */
  static List<For> vectorLast(List<For> l) {
    List<For> o = new ArrayList<>(l.stream().filter(f -> f.kind() != Kind.VEC).toList());
    o.addAll(l.stream().filter(f -> f.kind() == Kind.VEC).toList());
    return o;
  }

  /** Names of loops, scalars and buffers in use. */
  static Set<String> names(Kernel k) {
    Set<String> l = new LinkedHashSet<>(k.dims());
    k.args().forEach(b -> l.add(b.name()));
    k.body()
        .rewrite(
            s -> {
              if (s instanceof For f) {
                l.add(f.var());
              } else if (s instanceof Stmt.Let x) {
                l.add(x.name());
              } else if (s instanceof Stmt.Alloc a) {
                l.add(a.buffer().name());
              } else if (s instanceof Reduce r) {
                r.lets().forEach(x -> l.add(x.name()));
              }
              return s;
            });
    return l;
  }

  /** Names for loops: also not those of accumulators. */
  static void requireFresh(Kernel k, List<String> wanted) {
    Set<String> used = names(k);
    reductions(k.body()).forEach(r -> r.states().forEach(x -> used.add(x.name())));
    requireFresh(used, wanted);
  }

  static void requireFreshBuffer(Kernel k, String wanted) {
    requireFresh(names(k), List.of(wanted));
  }

  private static void requireFresh(Set<String> used, List<String> wanted) {
    for (int i = 0; i < wanted.size(); i++) {
      String n = wanted.get(i);
      if (used.contains(n) || wanted.indexOf(n) != i || n.equals(ROOT)) {
        throw new Illegal("the name " + n + " is taken");
      }
    }
  }

  /** Replaces one statement, found by equality, once. */
  static Stmt replace(Stmt s, Stmt old, Stmt by) {
    boolean[] done = {false};
    return s.rewrite(
        x -> {
          if (done[0] || !x.equals(old)) {
            return x;
          }
          done[0] = true;
          return by;
        });
  }

  /** Whether the outputs are read, if at all, only as starting values of the very same elements. */
  static boolean readsOnlyItself(Reduce r) {
    for (Reduce.Output o : r.outputs()) {
      String name = o.buffer().name();
      boolean[] fine = {true};
      r.next().forEach(e -> fine[0] &= !reads(e, name));
      r.mapChildren(
          s -> s,
          e -> {
            e.rewrite(
                x -> {
                  if (x instanceof Expr.Load l && l.buffer().name().equals(name)) {
                    fine[0] &=
                        r.outputs().stream()
                            .anyMatch(
                                p -> p.buffer().name().equals(name) && l.index().equals(p.index()));
                  }
                  return x;
                });
            return e;
          });
      if (!fine[0]) {
        return false;
      }
    }
    return true;
  }

  /** The buffers allocated inside. */
  static List<Buffer> allocated(Stmt s) {
    List<Buffer> l = new ArrayList<>();
    s.rewrite(
        x -> {
          if (x instanceof Stmt.Alloc a) {
            l.add(a.buffer());
          }
          return x;
        });
    return l;
  }

  /** The statement with one buffer in the place of another. */
  static Stmt replaceBuffer(Stmt s, Buffer old, Buffer by) {
    return reindexed(s, old, by, i -> i);
  }

  /** The statement with one buffer in the place of another, read and written at other indices. */
  static Stmt reindexed(Stmt s, Buffer old, Buffer by, UnaryOperator<List<Expr>> index) {
    Stmt loads =
        s.rewriteExprs(
            e ->
                e instanceof Expr.Load l && l.buffer().equals(old)
                    ? new Expr.Load(by, index.apply(l.index()))
                    : e);
    return loads.rewrite(x -> retargeted(x, old, by, index));
  }

  private static Stmt retargeted(Stmt x, Buffer old, Buffer by, UnaryOperator<List<Expr>> index) {
    if (x instanceof Stmt.Alloc a && a.buffer().equals(old)) {
      return new Stmt.Alloc(by, a.body());
    }
    if (x instanceof Stmt.Store t && t.buffer().equals(old)) {
      return new Stmt.Store(by, index.apply(t.index()), t.value());
    }
    if (x instanceof Stmt.Update u && u.buffer().equals(old)) {
      return new Stmt.Update(by, index.apply(u.index()), u.op(), u.value());
    }
    if (x instanceof Stmt.Prefetch p && p.buffer().equals(old)) {
      return new Stmt.Prefetch(by, index.apply(p.index()), p.level());
    }
    if (x instanceof Reduce r && r.outputs().stream().anyMatch(o -> o.buffer().equals(old))) {
      List<Reduce.Output> out = new ArrayList<>();
      for (Reduce.Output o : r.outputs()) {
        boolean hit = o.buffer().equals(old);
        out.add(hit ? new Reduce.Output(by, index.apply(o.index()), o.value(), o.when()) : o);
      }
      return new Reduce(r.over(), r.states(), r.next(), r.combine(), r.lets(), out);
    }
    return x;
  }

  static boolean reads(Expr e, String buffer) {
    return Exprs.any(e, x -> x instanceof Expr.Load l && l.buffer().name().equals(buffer));
  }

  /** A register buffer with one element for each iteration of the loops. */
  static Buffer registers(String name, DType type, List<For> dims) {
    List<Long> shape = dims.isEmpty() ? List.of(1L) : dims.stream().map(For::trip).toList();
    return Buffer.of(name, type, Space.REG, shape);
  }
}
