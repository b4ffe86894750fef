package dev.nncc.tensor.schedule;

import dev.nncc.graph.DType;
import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.index.Ranges;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Bin;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.If;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What conditions say of indices, as forms that are at most 0. */
final class Facts {
  private Facts() {}

  /** What follows when the condition holds, or when it does not. */
  static List<Affine> of(Expr condition, boolean holds, Ranges r) {
    List<Affine> l = new ArrayList<>();
    if (!(condition instanceof Bin c)) {
      return l;
    }
    if (c.op() == BinOp.AND && holds) {
      l.addAll(of(c.a(), true, r));
      l.addAll(of(c.b(), true, r));
    } else if (c.a().type() == DType.I64 && (c.op() == BinOp.LT || c.op() == BinOp.LE)) {
      Affine difference = Affine.of(c.a(), r).minus(Affine.of(c.b(), r));
      boolean strict = (c.op() == BinOp.LT) == holds;
      l.add((holds ? difference : difference.times(-1)).plus(strict ? 1 : 0));
    }
    return l;
  }

  /** What the conditions around a loop say. */
  static List<Affine> around(Stmt s, String loop, Ranges r) {
    List<Affine> found = new ArrayList<>();
    find(s, loop, r, List.of(), found);
    return found;
  }

  private static void find(Stmt s, String loop, Ranges r, List<Affine> here, List<Affine> found) {
    if (s instanceof For f && f.var().equals(loop)) {
      found.addAll(here);
    } else if (s instanceof If i) {
      find(i.yes(), loop, r, plus(here, of(i.condition(), true, r)), found);
      i.no().ifPresent(n -> find(n, loop, r, plus(here, of(i.condition(), false, r)), found));
    } else {
      s.mapChildren(
          c -> {
            find(c, loop, r, here, found);
            return c;
          },
          e -> e);
    }
  }

  private static List<Affine> plus(List<Affine> a, List<Affine> b) {
    List<Affine> l = new ArrayList<>(a);
    l.addAll(b);
    return l;
  }

  /** An upper bound: if C is at most 0, x is at most x - m*C for any m above 0. */
  static long upper(Affine x, Ranges r, List<Affine> notAbove) {
    long top = x.range(r).hi();
    for (Affine c : notAbove) {
      for (Map.Entry<String, Affine.Term> e : c.terms().entrySet()) {
        long k = e.getValue().k();
        long mine = x.coefficient(e.getKey());
        if (mine != 0 && mine % k == 0 && mine / k > 0) {
          top = Math.min(top, x.minus(c.times(mine / k)).range(r).hi());
        }
      }
    }
    return top;
  }
}
