package dev.nncc.tensor.schedule;

import dev.nncc.graph.DType;
import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Bin;
import dev.nncc.tensor.ir.Expr.Const;
import dev.nncc.tensor.ir.Expr.Select;
import dev.nncc.tensor.ir.Expr.Var;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.If;
import dev.nncc.tensor.ir.Stmt.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code split v 16 -> o i [guard]}: {@code v = o*16 + i}. Legal when the factor divides the
 * extent; with {@code guard} always: what lies beyond the extent is skipped (data loop: a condition
 * around the innermost statement; reduced loop: the identity is added instead, its loads clamped to
 * the last element). Guards are for the loop that becomes a vector, where they are masks.
 */
record Split(String loop, long factor, String outer, String inner, boolean guard)
    implements Directive {
  @Override
  public Kernel apply(Kernel k) {
    Nests.requireFresh(k, List.of(outer, inner));
    return Nests.at(k, loop, this::split);
  }

  private Stmt split(For l) {
    if (factor < 1) {
      throw new Illegal("factor " + factor);
    }
    if (l.kind() == Kind.VEC) {
      throw new Illegal("a vector loop stays whole");
    }
    Affine n = Affine.of(l.extent());
    boolean exact =
        n.constant() % factor == 0
            && n.terms().values().stream().allMatch(t -> t.k() % factor == 0);
    if (!exact && !guard) {
      throw new Illegal(factor + " does not divide the extent");
    }
    Expr at = Exprs.add(Exprs.mul(Exprs.var(outer), Exprs.index(factor)), Exprs.var(inner));
    Stmt body = l.body();
    if (!exact) {
      Expr inside = Exprs.lt(at, l.extent());
      boolean reduced = Nests.reductions(body).stream().anyMatch(r -> r.over().contains(loop));
      if (reduced) {
        body = guardReduced(body, inside, Exprs.sub(l.extent(), Exprs.index(1)), at);
      } else {
        body = Nests.substitute(guardData(body, inside), loop, at);
      }
    } else {
      body = Nests.substitute(body, loop, at);
    }
    body = Nests.renameOver(body, loop, List.of(outer, inner));
    Expr outerExtent = Exprs.floorDiv(Exprs.add(l.extent(), Exprs.index(factor - 1)), factor);
    Kind innerKind = l.kind() == Kind.PAR ? Kind.FOR : l.kind();
    return new For(
        outer, outerExtent, l.kind(), new For(inner, Exprs.index(factor), innerKind, body));
  }

  private static Stmt guardData(Stmt s, Expr inside) {
    return s instanceof For f
        ? f.with(guardData(f.body(), inside))
        : new If(inside, s, Optional.empty());
  }

  private Stmt guardReduced(Stmt body, Expr inside, Expr last, Expr at) {
    Reduce leaf =
        Nests.leaf(body).orElseThrow(() -> new Illegal("a guarded reduction is a perfect nest"));
    Stmt clamped = Nests.substitute(leaf, loop, Exprs.min(at, last));
    Reduce r = (Reduce) clamped;
    Optional<Form> form = Form.of(r);
    List<Expr> next = new ArrayList<>();
    for (int i = 0; i < r.states().size(); i++) {
      Reduce.State s = r.states().get(i);
      Expr me = new Var(s.name(), s.type());
      if (form.isPresent()) {
        Expr identity = r.combine().orElseThrow().identity().get(i);
        Expr value = new Select(inside, form.get().values().get(i), identity);
        next.add(new Bin(form.get().ops().get(i), me, value));
      } else {
        next.add(new Select(inside, r.next().get(i), me));
      }
    }
    Reduce guarded = new Reduce(r.over(), r.states(), next, r.combine(), r.lets(), r.outputs());
    return Nests.replace(body, leaf, guarded);
  }

  /**
   * Under the condition {@code x < n}, {@code min(x, n-1)} is x: takes the clamps of a guarded
   * reduction away where the guard is a real condition.
   */
  static Expr unclamped(Expr e, Expr condition) {
    if (!(condition instanceof Bin c) || c.op() != Expr.BinOp.LT || c.a().type() != DType.I64) {
      return e;
    }
    Affine x = Affine.of(c.a());
    Affine n = Affine.of(c.b());
    return e.rewrite(
        y -> {
          if (y instanceof Bin b && b.op() == Expr.BinOp.MIN && b.type() == DType.I64) {
            Affine p = Affine.of(b.a());
            Affine q = Affine.of(b.b());
            boolean clamp =
                p.minus(x).equals(q.minus(n.plus(-1))) && p.minus(x).isConstant()
                    || q.minus(x).equals(p.minus(n.plus(-1))) && q.minus(x).isConstant();
            if (clamp) {
              return p.minus(x).isConstant() ? b.a() : b.b();
            }
          }
          return y;
        });
  }

  /** Whether the expression is a constant of i64 with that value. */
  static boolean isIndex(Expr e, long value) {
    return e instanceof Const c && c.type() == DType.I64 && c.integer() == value;
  }

  @Override
  public String toString() {
    return "split " + loop + " " + factor + " -> " + outer + " " + inner + (guard ? " guard" : "");
  }
}
