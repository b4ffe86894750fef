package dev.nncc.tensor.schedule;

import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.index.Ranges;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Bin;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Const;
import dev.nncc.tensor.ir.Expr.Var;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.Block;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.Kind;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * {@code trim v w as _r}: the last iteration of v apart, with only those iterations of w, a loop
 * inside, in which the condition {@code e < n} around everything there holds. Legal when the
 * condition always holds before the last iteration of v and, in it, for whole iterations of w.
 */
record Trim(String outer, String inner, String suffix) implements Directive {
  @Override
  public Kernel apply(Kernel k) {
    For v = Nests.find(k, outer).orElseThrow(() -> new Illegal("no loop " + outer));
    if (!v.isConstant() || v.trip() < 2 || v.kind() != Kind.FOR) {
      throw new Illegal(outer + " is no loop with a last iteration to take apart");
    }
    For w =
        Nests.loops(v.body()).stream()
            .filter(f -> f.var().equals(inner) && f.isConstant())
            .findFirst()
            .orElseThrow(() -> new Illegal("no loop " + inner + " inside"));
    Set<Expr> guards = new LinkedHashSet<>();
    Lift.collect(w.body(), guards);
    if (guards.size() != 1 || !(guards.iterator().next() instanceof Bin g) || !isBelow(g)) {
      throw new Illegal("not everything inside is under one condition e < n");
    }
    long last = v.trip() - 1;
    long end = ((Const) g.b()).integer();
    Map<String, Long> trips = new LinkedHashMap<>();
    Nests.loops(v).stream().filter(For::isConstant).forEach(f -> trips.put(f.var(), f.trip()));
    Affine e = Affine.of(g.a(), Ranges.of(Map.of()));
    if (highest(e, trips, Map.of(outer, last - 1)) >= end) {
      throw new Illegal("the condition does not always hold before the last iteration");
    }
    long count = 0;
    while (count < w.trip() && highest(e, trips, Map.of(outer, last, inner, count)) < end) {
      count++;
    }
    if (count < w.trip() && lowest(e, Map.of(outer, last, inner, count)) < end) {
      throw new Illegal("the condition holds in a part of an iteration");
    }
    long kept = count;
    return Nests.at(k, outer, f -> apart(f, last, kept, g));
  }

  private static boolean isBelow(Bin g) {
    return g.op() == BinOp.LT && g.b() instanceof Const;
  }

  /** The largest value; the given variables are at most, or exactly, what is stated. */
  private static long highest(Affine e, Map<String, Long> trips, Map<String, Long> at) {
    long sum = e.constant();
    for (Affine.Term t : e.terms().values()) {
      if (!(t.atom() instanceof Var v) || t.k() < 0 || !trips.containsKey(v.name())) {
        throw new Illegal("a condition of other variables");
      }
      sum += t.k() * at.getOrDefault(v.name(), trips.getOrDefault(v.name(), 1L) - 1);
    }
    return sum;
  }

  private static long lowest(Affine e, Map<String, Long> at) {
    long sum = e.constant();
    for (Affine.Term t : e.terms().values()) {
      sum += t.k() * at.getOrDefault(((Var) t.atom()).name(), 0L);
    }
    return sum;
  }

  private Stmt apart(For v, long last, long count, Expr guard) {
    Stmt body = Lift.without(v.body(), guard);
    Stmt head = new For(outer, Exprs.index(last), v.kind(), body);
    Stmt rest =
        body.rewrite(
            s ->
                s instanceof For f && f.var().equals(inner)
                    ? new For(inner, Exprs.index(count), f.kind(), f.body())
                    : s);
    rest = Peel.suffixed(Nests.substitute(rest, outer, Exprs.index(last)), suffix);
    return Block.of(List.of(head, rest));
  }

  @Override
  public String toString() {
    return "trim " + outer + " " + inner + " as " + suffix;
  }
}
