package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.Alloc;
import dev.nncc.tensor.ir.Stmt.Block;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code distribute v}: the statements in the body of v get a loop each ({@code v}, {@code v_d1},
 * {@code v_d2}, ..), so that v can be the vector of every one of them. Local buffers of the body
 * gain a last dimension for v. Legal for a data loop of constant extent that carries nothing.
 */
record Distribute(String loop) implements Directive {
  @Override
  public Kernel apply(Kernel k) {
    For l = Nests.find(k, loop).orElseThrow(() -> new Illegal("no loop " + loop));
    List<Buffer> local = new ArrayList<>();
    Stmt body = l.body();
    while (body instanceof Alloc a) {
      local.add(a.buffer());
      body = a.body();
    }
    if (!(body instanceof Block b)) {
      throw new Illegal("nothing to distribute over");
    }
    check(l, local);
    List<String> fresh = new ArrayList<>();
    for (int i = 1; i < b.statements().size(); i++) {
      fresh.add(name(i));
    }
    Nests.requireFresh(k, fresh);
    Stmt inner = body;
    return Nests.at(k, loop, f -> distributed(f, local, ((Block) inner).statements()));
  }

  private void check(For l, List<Buffer> local) {
    if (!l.isConstant() || l.kind() != Kind.FOR) {
      throw new Illegal("not a plain loop of constant extent");
    }
    if (Nests.reductions(l).stream().anyMatch(r -> r.over().contains(loop))) {
      throw new Illegal("the loop of a reduction");
    }
    for (Buffer b : local) {
      Buffer compact = Buffer.of(b.name(), b.type(), b.space(), b.shape());
      if (b.space() != Space.CONST && !compact.strides().equals(b.strides())) {
        throw new Illegal(b.name() + " is not compact");
      }
    }
    if (Deps.of(l).carriedBy(loop) != Deps.Carried.NOTHING) {
      throw new Illegal("carries a dependence");
    }
  }

  private String name(int i) {
    return i == 0 ? loop : loop + "_d" + i;
  }

  private Stmt distributed(For l, List<Buffer> local, List<Stmt> statements) {
    List<Stmt> nests = new ArrayList<>();
    for (int i = 0; i < statements.size(); i++) {
      nests.add(l.with(statements.get(i)));
    }
    List<Stmt> renamed = new ArrayList<>();
    for (int i = 0; i < nests.size(); i++) {
      Stmt s = nests.get(i);
      for (Buffer b : local) {
        s = b.space() == Space.CONST ? s : Nests.reindexed(s, b, wide(b, l.trip()), this::lane);
      }
      renamed.add(i == 0 ? s : Nests.rename(s, loop, name(i)));
    }
    Stmt all = Block.of(renamed);
    for (int i = local.size() - 1; i >= 0; i--) {
      Buffer b = local.get(i);
      all = new Alloc(b.space() == Space.CONST ? b : wide(b, l.trip()), all);
    }
    return all;
  }

  private static Buffer wide(Buffer b, long extent) {
    List<Long> shape = new ArrayList<>(b.shape());
    shape.add(extent);
    return Buffer.of(b.name(), b.type(), b.space(), shape);
  }

  private List<Expr> lane(List<Expr> index) {
    List<Expr> at = new ArrayList<>(index);
    at.add(Exprs.var(loop));
    return at;
  }

  @Override
  public String toString() {
    return "distribute " + loop;
  }
}
