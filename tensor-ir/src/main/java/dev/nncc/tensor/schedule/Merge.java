package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.Block;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code merge a b}: loop b follows loop a in one block; their bodies run in one loop a. Legal when
 * the extents agree, neither is the loop of a reduction, and in the merged body a carries nothing:
 * what an iteration of b reads was written by the same iteration of a.
 */
record Merge(String first, String second) implements Directive {
  @Override
  public Kernel apply(Kernel k) {
    boolean[] found = {false};
    Stmt body =
        k.body()
            .rewrite(
                s -> {
                  if (found[0] || !(s instanceof Block b)) {
                    return s;
                  }
                  for (int i = 0; i + 1 < b.statements().size(); i++) {
                    if (b.statements().get(i) instanceof For x
                        && b.statements().get(i + 1) instanceof For y
                        && x.var().equals(first)
                        && y.var().equals(second)) {
                      found[0] = true;
                      List<Stmt> l = new ArrayList<>(b.statements());
                      l.set(i, merged(x, y));
                      l.remove(i + 1);
                      return Block.of(l);
                    }
                  }
                  return s;
                });
    if (!found[0]) {
      throw new Illegal("no adjacent loops " + first + ", " + second);
    }
    return k.with(body);
  }

  private Stmt merged(For x, For y) {
    if (!x.extent().equals(y.extent()) || x.kind() != y.kind()) {
      throw new Illegal("extents or kinds differ");
    }
    if (x.kind() == Kind.PAR || x.kind() == Kind.VEC) {
      throw new Illegal("a " + SetKind.word(x.kind()) + " loop stays alone");
    }
    boolean reduces =
        Nests.reductions(x).stream().anyMatch(r -> r.over().contains(first))
            || Nests.reductions(y).stream().anyMatch(r -> r.over().contains(second));
    if (reduces) {
      throw new Illegal("the loop of a reduction");
    }
    Stmt second = Nests.substitute(y.body(), this.second, Exprs.var(first));
    Stmt both = x.with(Block.of(List.of(x.body(), second)));
    if (Deps.of(both).carriedBy(first) != Deps.Carried.NOTHING) {
      throw new Illegal(this.second + " needs other iterations of " + first);
    }
    return both;
  }

  @Override
  public String toString() {
    return "merge " + first + " " + second;
  }
}
