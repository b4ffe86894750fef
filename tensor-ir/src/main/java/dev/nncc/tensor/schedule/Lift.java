package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.Block;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.If;
import dev.nncc.tensor.ir.Stmt.Kind;
import dev.nncc.tensor.ir.Stmt.Prefetch;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * {@code lift k}: the one condition around everything that loop k does, or those parts of it that k
 * moves, is asked once in each of its iterations and no longer at each step inside. Where an
 * unrolled loop inside moves the condition, its iterations stay together as long as the condition
 * holds for all of them, and else are done one after the other. Hints stay where the steps are left
 * out, since steps behind rely on them. Legal whenever nothing else inside moves the condition.
 */
record Lift(String loop) implements Directive {
  /** Iterations that may be done one after the other: each is a copy of the code. */
  static final long MOST = 2;

  @Override
  public Kernel apply(Kernel k) {
    return Nests.at(k, loop, this::lifted);
  }

  private Stmt lifted(For k) {
    Set<Expr> conditions = new LinkedHashSet<>();
    collect(k.body(), conditions);
    if (conditions.size() != 1) {
      throw new Illegal("not everything inside is under one condition");
    }
    Expr whole = conditions.iterator().next();
    if (!Guard.isGuard(whole)) {
      throw new Illegal("the condition is not one of places alone");
    }
    List<Expr> lifted = partsOn(whole, loop);
    Expr condition = lifted.stream().reduce(Exprs::and).orElse(whole);
    Stmt body = without(k.body(), whole, lifted.isEmpty() ? Guard.parts(whole) : lifted);
    List<For> moving =
        Nests.loops(k.body()).stream().filter(f -> Exprs.mentions(condition, f.var())).toList();
    if (moving.isEmpty()) {
      return k.with(new If(condition, body, hints(body, "_" + loop)));
    }
    For r = moving.get(0);
    if (moving.size() > 1 || r.kind() != Kind.UNROLL || !r.isConstant() || r.trip() > MOST) {
      throw new Illegal("the condition is another in each iteration of " + r.var());
    }
    Optional<Expr> all = Optional.empty();
    List<Stmt> apart = new ArrayList<>();
    for (long i = 0; i < r.trip(); i++) {
      Expr one = Exprs.substitute(condition, r.var(), Exprs.index(i));
      all = Optional.of(all.map(a -> Exprs.and(a, one)).orElse(one));
      apart.add(new If(one, only(body, r.var(), i), Optional.empty()));
    }
    return k.with(new If(all.orElseThrow(), body, Optional.of(Block.of(apart))));
  }

  /** The parts of a condition that a loop moves. */
  static List<Expr> partsOn(Expr condition, String loop) {
    return Guard.parts(condition).stream().filter(e -> Exprs.mentions(e, loop)).toList();
  }

  /** The hints of a statement, where there are any. */
  private static Optional<Stmt> hints(Stmt s, String suffix) {
    return hints(s).map(h -> Peel.suffixed(h, suffix));
  }

  private static Optional<Stmt> hints(Stmt s) {
    if (s instanceof Prefetch) {
      return Optional.of(s);
    }
    if (s instanceof For f) {
      return hints(f.body()).map(f::with);
    }
    if (s instanceof Block b) {
      List<Stmt> some = b.statements().stream().flatMap(x -> hints(x).stream()).toList();
      return some.isEmpty() ? Optional.empty() : Optional.of(Block.of(some));
    }
    return Optional.empty();
  }

  /** One iteration of a loop inside. */
  private static Stmt only(Stmt body, String var, long i) {
    Stmt one = body.rewrite(s -> s instanceof For f && f.var().equals(var) ? f.body() : s);
    return Peel.suffixed(Nests.substitute(one, var, Exprs.index(i)), "_" + var + i);
  }

  /** The conditions around what is done; a statement without one is illegal. */
  static void collect(Stmt s, Set<Expr> conditions) {
    if (s instanceof For f) {
      collect(f.body(), conditions);
    } else if (s instanceof Block b) {
      b.statements().forEach(x -> collect(x, conditions));
    } else if (s instanceof If i && i.no().isEmpty()) {
      conditions.add(i.condition());
    } else if (!(s instanceof Prefetch)) {
      throw new Illegal("something inside is under no condition");
    }
  }

  /** The statement with everything under the condition done always. */
  static Stmt without(Stmt s, Expr condition) {
    return without(s, condition, Guard.parts(condition));
  }

  /** The statement with everything under a condition done under those parts that are not given. */
  static Stmt without(Stmt s, Expr condition, List<Expr> parts) {
    Optional<Expr> rest =
        Guard.parts(condition).stream().filter(e -> !parts.contains(e)).reduce(Exprs::and);
    return s.rewrite(
        x ->
            x instanceof If i && i.condition().equals(condition)
                ? rest.<Stmt>map(r -> new If(r, i.yes(), Optional.empty())).orElse(i.yes())
                : x);
  }

  @Override
  public String toString() {
    return "lift " + loop;
  }
}
