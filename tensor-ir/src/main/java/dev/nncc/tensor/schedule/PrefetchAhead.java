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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code prefetch X at v by n}: before each iteration of v, touches what X is first read at n
 * iterations later, and each cache line that the unrolled loops inside reach from there; {@code
 * prefetch X at v by n of w}: n iterations of a loop w around v later. A hint may address anything,
 * so this is legal whenever the index can be computed there.
 */
record PrefetchAhead(String buffer, String loop, long distance, String of) implements Directive {
  private static final int LEVEL = 1;

  private static final long CACHE_LINE = 64;

  PrefetchAhead(String buffer, String loop, long distance) {
    this(buffer, loop, distance, loop);
  }

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
    Expr later = Exprs.add(Exprs.var(of), Exprs.index(distance));
    if (use.index().stream().noneMatch(e -> Exprs.mentions(e, of))) {
      throw new Illegal(of + " does not move " + buffer);
    }
    Map<String, For> unrolled = unrolled(l.body(), use);
    List<Expr> index =
        Exprs.map(
            use.index(),
            e -> {
              Expr x = e;
              for (String inner : deps.loops().keySet()) {
                For u = unrolled.get(inner);
                Expr line =
                    u == null
                        ? Exprs.index(0)
                        : Exprs.mul(Exprs.var(u.var()), Exprs.index(inLine(use, inner)));
                x = Exprs.substitute(x, inner, line);
              }
              if (!deps.isFixed(x)) {
                throw new Illegal("the index is not known before the iteration");
              }
              return Exprs.substitute(x, of, later);
            });
    index.forEach(PrefetchAhead::requireNoLoads);
    Stmt touch = new Prefetch(use.buffer(), index, LEVEL);
    for (For u : unrolled.values()) {
      touch = u.with(touch);
    }
    return l.with(Block.of(List.of(touch, l.body())));
  }

  /** The unrolled loops that move the access, line by line and under names of their own. */
  private Map<String, For> unrolled(Stmt body, Deps.Access use) {
    Map<String, For> found = new LinkedHashMap<>();
    body.rewrite(
        s -> {
          if (s instanceof For f
              && f.kind() == Kind.UNROLL
              && f.isConstant()
              && use.index().stream().anyMatch(e -> Exprs.mentions(e, f.var()))) {
            long each = inLine(use, f.var());
            long lines = (f.trip() + each - 1) / each;
            found.put(f.var(), For.of(f.var() + "_" + loop, lines, f.body()).with(Kind.UNROLL));
          }
          return s;
        });
    return found;
  }

  /** Iterations of a loop between one cache line and the next. */
  private static long inLine(Deps.Access use, String v) {
    Affine at = Affine.constant(0);
    for (int d = 0; d < use.index().size(); d++) {
      at = at.plus(Affine.of(use.index().get(d)).times(use.buffer().strides().get(d)));
    }
    long bytes = at.isLinearIn(v) ? Math.abs(at.coefficient(v)) * use.buffer().type().bytes() : 0;
    return bytes == 0 ? 1 : Math.max(1, CACHE_LINE / bytes);
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
    return "prefetch "
        + buffer
        + " at "
        + loop
        + " by "
        + distance
        + (of.equals(loop) ? "" : " of " + of);
  }
}
