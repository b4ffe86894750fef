package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.Block;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.Prefetch;
import java.util.List;

/**
 * {@code prefetch X at v by n}: before each iteration of v, touches what X is first read at n
 * iterations later. A hint may address anything, so this is legal whenever the index can be
 * computed there.
 */
record PrefetchAhead(String buffer, String loop, long distance) implements Directive {
  private static final int LEVEL = 1;

  @Override
  public Kernel apply(Kernel k) {
    return Nests.at(k, loop, this::prefetch);
  }

  private Stmt prefetch(For l) {
    Deps deps = Deps.of(l.body());
    Deps.Access use =
        deps.accesses().stream()
            .filter(a -> a.buffer().name().equals(buffer) && !a.write())
            .findFirst()
            .orElseThrow(() -> new Illegal(buffer + " is not read"));
    if (deps.local().contains(buffer)) {
      throw new Illegal(buffer + " is local to the loop");
    }
    Expr later = Exprs.add(Exprs.var(loop), Exprs.index(distance));
    List<Expr> index =
        Exprs.map(
            use.index(),
            e -> {
              Expr x = e;
              for (String inner : deps.loops().keySet()) {
                x = Exprs.substitute(x, inner, Exprs.index(0));
              }
              if (!deps.isFixed(x)) {
                throw new Illegal("the index is not known before the iteration");
              }
              return Exprs.substitute(x, loop, later);
            });
    index.forEach(PrefetchAhead::requireNoLoads);
    return l.with(Block.of(List.of(new Prefetch(use.buffer(), index, LEVEL), l.body())));
  }

  private static void requireNoLoads(Expr e) {
    e.rewrite(
        x -> {
          if (x instanceof Expr.Load l) {
            throw new Illegal("the index reads " + l.buffer().name() + ", maybe beyond its end");
          }
          return x;
        });
  }

  @Override
  public String toString() {
    return "prefetch " + buffer + " at " + loop + " by " + distance;
  }
}
