package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.If;
import dev.nncc.tensor.ir.Stmt.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code split v 64 -> o i ragged}: {@code v = o*64 + i} where the last iteration of o is shorter:
 * a branch between a nest of 64 and a nest of the rest, whose loops get the suffix {@code _t}.
 * Unlike {@link Peel} it keeps one outer loop, which can be the parallel one. Legal for a data loop
 * of constant extent.
 */
record Ragged(String loop, long factor, String outer, String inner, String suffix)
    implements Directive {
  @Override
  public Kernel apply(Kernel k) {
    For l = Nests.find(k, loop).orElseThrow(() -> new Illegal("no loop " + loop));
    if (!l.isConstant() || factor < 1 || factor >= l.trip() || l.trip() % factor == 0) {
      throw new Illegal("no ragged end");
    }
    if (l.kind() != Kind.FOR
        || Nests.reductions(l).stream().anyMatch(r -> r.over().contains(loop))) {
      throw new Illegal("not a plain data loop");
    }
    List<String> fresh = new ArrayList<>(List.of(outer, inner));
    fresh.add(inner + suffix);
    Nests.loops(l.body()).forEach(f -> fresh.add(f.var() + suffix));
    Nests.allocated(l).forEach(b -> fresh.add(b.name() + suffix));
    Nests.requireFresh(k, fresh);
    return Nests.at(k, loop, this::split);
  }

  private Stmt split(For l) {
    long whole = l.trip() / factor;
    Expr at = Exprs.add(Exprs.mul(Exprs.var(outer), Exprs.index(factor)), Exprs.var(inner));
    Stmt body = Nests.substitute(l.body(), loop, at);
    Stmt full = For.of(inner, factor, body);
    Stmt rest = Peel.suffixed(For.of(inner, l.trip() % factor, body), suffix);
    Expr inside = Exprs.lt(Exprs.var(outer), Exprs.index(whole));
    return For.of(outer, whole + 1, new If(inside, full, Optional.of(rest)));
  }

  @Override
  public String toString() {
    return "split "
        + loop
        + " "
        + factor
        + " -> "
        + outer
        + " "
        + inner
        + " ragged"
        + (suffix.equals(Peel.SUFFIX) ? "" : " as " + suffix);
  }
}
