package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.Kind;
import java.util.List;

/**
 * {@code fuse a b -> ab}: {@code a = ab // N}, {@code b = ab % N}, N the constant extent of b.
 * Legal for adjacent loops of one kind, no scan, when every reduction inside reduces over both or
 * neither.
 */
record Fuse(String a, String b, String fused) implements Directive {
  @Override
  public Kernel apply(Kernel k) {
    Nests.requireFresh(k, List.of(fused));
    return Nests.at(k, a, this::fuse);
  }

  private Stmt fuse(For x) {
    if (!(x.body() instanceof For y) || !y.var().equals(b)) {
      throw new Illegal("not adjacent");
    }
    if (x.kind() != y.kind() || x.kind() == Kind.SCAN || x.kind() == Kind.VEC) {
      throw new Illegal("loops of different kinds");
    }
    if (!y.isConstant()) {
      throw new Illegal("the extent of " + b + " is not constant");
    }
    for (Reduce r : Nests.reductions(y)) {
      if (r.over().contains(a) != r.over().contains(b)) {
        throw new Illegal("one loop reduces, the other does not");
      }
    }
    Expr v = Exprs.var(fused);
    Stmt body = Nests.substitute(y.body(), a, Exprs.floorDiv(v, y.trip()));
    body = Nests.substitute(body, b, Exprs.mod(v, y.trip()));
    body = Nests.renameOver(Nests.renameOver(body, a, List.of(fused)), b, List.of(fused));
    return new For(fused, Exprs.mul(x.extent(), y.extent()), x.kind(), body);
  }

  @Override
  public String toString() {
    return "fuse " + a + " " + b + " -> " + fused;
  }
}
