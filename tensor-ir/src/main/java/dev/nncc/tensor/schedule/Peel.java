package dev.nncc.tensor.schedule;

import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Load;
import dev.nncc.tensor.ir.Expr.Var;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.Block;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code peel v 42}: iterations {@code [0, 42)} and the rest apart; {@code peel v multiple 16}: the
 * largest multiple of 16 and the rest. Loops and local buffers of the second part get the suffix
 * {@code _t}, or another one: {@code peel v 42 as _u}. Legal for any loop that does not reduce; one
 * that does must be the outermost of its reduction with only reduced loops below, and hands the
 * states over in registers.
 */
record Peel(String loop, long count, boolean multiple, String suffix) implements Directive {
  static final String SUFFIX = "_t";

  Peel(String loop, long count, boolean multiple) {
    this(loop, count, multiple, SUFFIX);
  }

  @Override
  public Kernel apply(Kernel k) {
    For l = Nests.find(k, loop).orElseThrow(() -> new Illegal("no loop " + loop));
    Expr cut = cut(l);
    if (l.kind() == Kind.PAR || l.kind() == Kind.VEC) {
      throw new Illegal("a " + SetKind.word(l.kind()) + " loop stays whole");
    }
    List<String> fresh = new ArrayList<>();
    Nests.loops(l).forEach(f -> fresh.add(f.var() + suffix));
    Nests.allocated(l).forEach(b -> fresh.add(b.name() + suffix));
    List<Reduce> reduced =
        Nests.reductions(l).stream().filter(r -> r.over().contains(loop)).toList();
    List<Buffer> parts = new ArrayList<>();
    if (!reduced.isEmpty()) {
      checkReduced(l);
      for (Reduce.State s : reduced.get(0).states()) {
        String name = loop + "_" + s.name() + "_part";
        parts.add(Buffer.of(name, s.type(), Space.REG, List.of(1L)));
        fresh.add(name);
      }
    }
    Nests.requireFresh(k, fresh);
    return Nests.at(k, loop, x -> peel(x, cut, parts));
  }

  private Expr cut(For l) {
    if (multiple) {
      if (count < 1) {
        throw new Illegal("a multiple of " + count);
      }
      Expr whole = Exprs.mul(Exprs.floorDiv(l.extent(), count), Exprs.index(count));
      Expr c = Affine.of(whole).expr();
      if (Split.isIndex(c, 0) || c.equals(l.extent())) {
        throw new Illegal("nothing to peel");
      }
      return c;
    }
    if (!l.isConstant() || count <= 0 || count >= l.trip()) {
      throw new Illegal(count + " is not inside the extent");
    }
    return Exprs.index(count);
  }

  private void checkReduced(For l) {
    Reduce r = Nests.leaf(l).orElseThrow(() -> new Illegal("the reduction is no perfect nest"));
    List<String> below = Nests.spine(l).stream().map(For::var).toList();
    if (!l.isConstant() || !Nests.guards(l).isEmpty()) {
      throw new Illegal("a reduction of unknown length");
    }
    if (!r.over().containsAll(below) || !below.containsAll(r.over())) {
      throw new Illegal("only the outermost loop of a reduction with no data loop inside");
    }
    if (!Nests.readsOnlyItself(r)) {
      throw new Illegal("the reduction reads its output");
    }
  }

  private Stmt peel(For l, Expr cut, List<Buffer> parts) {
    Stmt head = new For(l.var(), cut, l.kind(), l.body());
    Stmt rest = Nests.substitute(l.body(), loop, Exprs.add(Exprs.var(loop), cut));
    rest = new For(loop, Affine.of(Exprs.sub(l.extent(), cut)).expr(), l.kind(), rest);
    rest = suffixed(rest, suffix);
    if (parts.isEmpty()) {
      return Block.of(List.of(head, rest));
    }
    List<Expr> zero = List.of(Exprs.index(0));
    head =
        head.rewrite(
            s -> {
              if (!(s instanceof Reduce r)) {
                return s;
              }
              List<Reduce.Output> out = new ArrayList<>();
              for (int i = 0; i < parts.size(); i++) {
                Reduce.State x = r.states().get(i);
                out.add(new Reduce.Output(parts.get(i), zero, new Var(x.name(), x.type())));
              }
              return new Reduce(r.over(), r.states(), r.next(), r.combine(), out);
            });
    rest =
        rest.rewrite(
            s -> {
              if (!(s instanceof Reduce r)) {
                return s;
              }
              List<Reduce.State> states = new ArrayList<>();
              for (int i = 0; i < parts.size(); i++) {
                Reduce.State x = r.states().get(i);
                states.add(new Reduce.State(x.name(), x.type(), new Load(parts.get(i), zero)));
              }
              return new Reduce(r.over(), states, r.next(), r.combine(), r.lets(), r.outputs());
            });
    Stmt both = Block.of(List.of(head, rest));
    for (Buffer b : parts) {
      both = new Stmt.Alloc(b, both);
    }
    return both;
  }

  /** The statement with other names for its loops and local buffers. */
  static Stmt suffixed(Stmt s, String suffix) {
    Stmt x = s;
    for (For f : Nests.loops(s)) {
      x = Nests.rename(x, f.var(), f.var() + suffix);
    }
    for (Buffer b : Nests.allocated(s)) {
      x = Nests.replaceBuffer(x, b, b.withName(b.name() + suffix));
    }
    return x;
  }

  @Override
  public String toString() {
    String as = suffix.equals(SUFFIX) ? "" : " as " + suffix;
    return "peel " + loop + " " + (multiple ? "multiple " : "") + count + as;
  }
}
