package dev.nncc.tensor.schedule;

import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.Block;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.Kind;
import dev.nncc.tensor.ir.Stmt.Prefetch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@code prefetch X behind v of w for n}: behind loop v, touches each line of X that its first n
 * iterations read in the next iteration of a loop w around it, in the order of memory. What stands
 * behind v (functions of a sum, say) then hides the time that these lines take. A hint may address
 * anything, so this is legal whenever the index can be computed there.
 */
record PrefetchNext(String buffer, String loop, String of, long rounds) implements Directive {
  private static final int LEVEL = 1;

  private static final long LINE = 64;

  @Override
  public Kernel apply(Kernel k) {
    return Nests.at(k, loop, this::followed);
  }

  private Stmt followed(For l) {
    Deps deps = Deps.of(l.body());
    Map<Long, Stmt> lines = new TreeMap<>();
    Affine first = null;
    for (Deps.Access use : deps.accesses()) {
      if (!use.buffer().name().equals(buffer) || use.write()) {
        continue;
      }
      for (List<Expr> index : indices(l, use.index(), deps)) {
        Affine at = Affine.constant(0);
        for (int d = 0; d < index.size(); d++) {
          at = at.plus(Affine.of(index.get(d)).times(use.buffer().strides().get(d)));
        }
        first = first == null ? at : first;
        Affine from = at.minus(first);
        if (!from.isConstant()) {
          throw new Illegal(buffer + " is not read at known distances");
        }
        long line = Math.floorDiv(from.constant() * use.buffer().type().bytes(), LINE);
        lines.putIfAbsent(line, new Prefetch(use.buffer(), index, LEVEL));
      }
    }
    if (lines.isEmpty()) {
      throw new Illegal(buffer + " is not read");
    }
    List<Stmt> all = new ArrayList<>(List.of(l));
    all.addAll(lines.values());
    return Block.of(all);
  }

  /** What is read in the first rounds of the loop: unrolled loops have all their values. */
  private List<List<Expr>> indices(For l, List<Expr> index, Deps deps) {
    if (index.stream().noneMatch(e -> Exprs.mentions(e, of))) {
      throw new Illegal(of + " does not move " + buffer);
    }
    Expr next = Exprs.add(Exprs.var(of), Exprs.index(1));
    List<List<Expr>> all = List.of(Exprs.map(index, e -> Exprs.substitute(e, of, next)));
    all = expanded(all, l.var(), rounds);
    for (For f : Nests.loops(l.body())) {
      all = expanded(all, f.var(), f.kind() == Kind.UNROLL ? f.trip() : 1);
    }
    for (Expr e : all.get(0)) {
      if (Exprs.any(e, x -> x instanceof Expr.Load) || !deps.isFixed(e)) {
        throw new Illegal("the index is not known behind the loop");
      }
    }
    return all;
  }

  private static List<List<Expr>> expanded(List<List<Expr>> all, String v, long values) {
    List<List<Expr>> more = new ArrayList<>();
    for (List<Expr> index : all) {
      boolean moves = index.stream().anyMatch(e -> Exprs.mentions(e, v));
      for (long i = 0; i < (moves ? values : 1); i++) {
        Expr value = Exprs.index(i);
        more.add(Exprs.map(index, e -> Exprs.substitute(e, v, value)));
      }
    }
    return more;
  }

  @Override
  public String toString() {
    return "prefetch " + buffer + " behind " + loop + " of " + of + " for " + rounds;
  }
}
