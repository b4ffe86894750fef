package dev.nncc.tensor.schedule;

import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.index.Range;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Load;
import dev.nncc.tensor.ir.Expr.Var;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.Alloc;
import dev.nncc.tensor.ir.Stmt.Block;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * {@code inline T}: local buffer T is produced by a reduction and used by one elementwise store;
 * the store becomes the reduction's output and T disappears. Legal when T has that one writer and
 * reader, is read at plain loops that are all the store's own and cover exactly what is produced,
 * and what else the store touches are arguments that nobody else writes (or touches, for its
 * target).
 */
record Inline(String buffer) implements Directive {
  private record Use(For top, Store store, Load load) {}

  @Override
  public Kernel apply(Kernel k) {
    if (Nests.allocated(k.body()).stream().noneMatch(b -> b.name().equals(buffer))) {
      throw new Illegal(buffer + " is not local");
    }
    List<Reduce> producers =
        Nests.reductions(k.body()).stream()
            .filter(r -> r.outputs().size() == 1 && r.outputs().get(0).when().isEmpty())
            .filter(r -> r.outputs().get(0).buffer().name().equals(buffer))
            .toList();
    Use use = use(k);
    if (producers.size() != 1) {
      throw new Illegal("not one reduction into " + buffer);
    }
    Reduce producer = producers.get(0);
    check(k, use);
    Reduce fused = fused(k, producer, use);
    if (!Nests.readsOnlyItself(fused)) {
      throw new Illegal("the store reads its target");
    }
    Stmt gone = new Block(List.of());
    Stmt body =
        Nests.replace(Nests.replace(k.body(), producer, fused), use.top, gone)
            .rewrite(s -> s instanceof Alloc a && a.buffer().name().equals(buffer) ? a.body() : s)
            .rewrite(s -> s instanceof Block b ? withoutEmpty(b) : s);
    return k.with(body);
  }

  private static Stmt withoutEmpty(Block b) {
    return Block.of(
        b.statements().stream()
            .filter(x -> !(x instanceof Block e && e.statements().isEmpty()))
            .toList());
  }

  private Use use(Kernel k) {
    List<Use> found = new ArrayList<>();
    for (For f : Nests.loops(k.body())) {
      Stmt s = f;
      while (s instanceof For g) {
        s = g.body();
      }
      if (s instanceof Store t && found.stream().noneMatch(u -> u.store.equals(t))) {
        List<Load> loads = new ArrayList<>();
        t.value()
            .rewrite(
                e -> {
                  if (e instanceof Load l && l.buffer().name().equals(buffer)) {
                    loads.add(l);
                  }
                  return e;
                });
        if (!loads.isEmpty()) {
          found.add(new Use(f, t, loads.get(0)));
        }
      }
    }
    if (found.size() != 1) {
      throw new Illegal("not one elementwise use of " + buffer);
    }
    return found.get(0);
  }

  private void check(Kernel k, Use use) {
    List<Deps.Access> all = Deps.of(k.body()).accesses();
    List<Deps.Access> mine = Deps.of(use.store).accesses();
    long others = count(all, buffer) - count(mine, buffer);
    if (others != 1) {
      throw new Illegal(buffer + " has other writers or readers");
    }
    for (Deps.Access a : mine) {
      String b = a.buffer().name();
      if (b.equals(buffer)) {
        if (!a.index().equals(use.load.index())) {
          throw new Illegal(buffer + " is read at several places");
        }
        continue;
      }
      if (!k.args().contains(a.buffer())) {
        throw new Illegal(b + " is local");
      }
      long conflicts =
          all.stream().filter(o -> o.buffer().name().equals(b) && (a.write() || o.write())).count();
      if (conflicts > (a.write() ? 1 : 0)) {
        throw new Illegal(b + " is used elsewhere");
      }
    }
    Set<String> own = Deps.of(use.top).loops().keySet();
    use.store.rewriteExprs(
        e -> {
          if (e instanceof Var v && !own.contains(v.name()) && !k.dims().contains(v.name())) {
            throw new Illegal("the store depends on " + v.name() + " outside");
          }
          return e;
        });
  }

  private static long count(List<Deps.Access> l, String name) {
    return l.stream().filter(a -> a.buffer().name().equals(name)).count();
  }

  private Reduce fused(Kernel k, Reduce producer, Use use) {
    Deps deps = Deps.of(k.body());
    Reduce.Output made = producer.outputs().get(0);
    Set<String> left = new java.util.TreeSet<>(Deps.of(use.top).loops().keySet());
    Expr value = use.store.value().rewrite(e -> e.equals(use.load) ? made.value() : e);
    List<Expr> index = use.store.index();
    for (int d = 0; d < made.index().size(); d++) {
      if (!(use.load.index().get(d) instanceof Var v) || !left.remove(v.name())) {
        throw new Illegal("dimension " + d + " is not read at a loop of its own");
      }
      if (!(made.index().get(d) instanceof Var by)) {
        throw new Illegal("dimension " + d + " is not produced by one loop");
      }
      Range covered = Affine.of(by).range(deps.ranges());
      if (!covered.equals(deps.ranges().of(v.name()))) {
        throw new Illegal("the store covers another part of dimension " + d);
      }
      value = Exprs.substitute(value, v.name(), by);
      index = Exprs.map(index, e -> Exprs.substitute(e, v.name(), by));
    }
    if (!left.isEmpty()) {
      throw new Illegal("the store has loops of its own: " + left);
    }
    Reduce.Output out = new Reduce.Output(use.store.buffer(), index, value);
    return new Reduce(
        producer.over(),
        producer.states(),
        producer.next(),
        producer.combine(),
        producer.lets(),
        List.of(out));
  }

  @Override
  public String toString() {
    return "inline " + buffer;
  }
}
