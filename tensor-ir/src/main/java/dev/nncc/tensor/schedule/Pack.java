package dev.nncc.tensor.schedule;

import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.index.Range;
import dev.nncc.tensor.index.Ranges;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Load;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.Alloc;
import dev.nncc.tensor.ir.Stmt.Block;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.Store;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code pack X at v as P [order d ..]}: copies the region of X that the body of v reads to local
 * memory, dimensions in that order (unit ones dropped when no order is given), and reads it there.
 * The loops of the copy are {@code P_d}.
 *
 * <p>Legal when the body does not write X, every index is one part fixed in the body plus an affine
 * part of loops inside it with known bounds, no index comes from data, and the region stays inside
 * the buffer for all iterations outside.
 */
record Pack(String buffer, String loop, String name, List<Integer> order) implements Directive {
  Pack {
    order = List.copyOf(order);
  }

  /** The part of an index that is fixed in the body and the part that moves there. */
  private record Parts(Affine base, Affine moving) {}

  @Override
  public Kernel apply(Kernel k) {
    Nests.requireFreshBuffer(k, name);
    Ranges outer = Deps.ranges(k.body());
    List<Affine> facts = Facts.around(k.body(), loop, outer);
    return Nests.within(k, loop, body -> pack(k, body, outer, facts));
  }

  private Stmt pack(Kernel k, Stmt body, Ranges around, List<Affine> facts) {
    Deps deps = Deps.of(body);
    List<Deps.Access> uses =
        deps.accesses().stream().filter(a -> a.buffer().name().equals(buffer)).toList();
    if (uses.isEmpty() || deps.writes(buffer) || deps.local().contains(buffer)) {
      throw new Illegal(buffer + " is not a buffer that is only read here");
    }
    Buffer x = uses.get(0).buffer();
    int n = x.rank();
    List<Affine> base = new ArrayList<>();
    List<Range> region = new ArrayList<>();
    for (int d = 0; d < n; d++) {
      for (Deps.Access u : uses) {
        if (readsData(u.index().get(d))) {
          // A condition around the access may be what keeps the index's own load in bounds.
          throw new Illegal("dimension " + d + " is indexed by data");
        }
        Parts p = parts(u.index().get(d), deps);
        Range r = p.moving.range(deps.ranges());
        if (!r.isFinite() || base.size() > d && !base.get(d).equals(p.base)) {
          throw new Illegal("the region in dimension " + d + " is not known");
        }
        if (base.size() == d) {
          base.add(p.base);
          region.add(r);
        } else {
          region.set(d, region.get(d).union(r));
        }
      }
      Affine start = base.get(d);
      long least = start.range(around).lo() + region.get(d).lo();
      long most = Facts.upper(start, around, facts) + region.get(d).hi();
      if (least < -x.lo().get(d) || most > x.shape().get(d) + x.hi().get(d) - 1) {
        throw new Illegal("the region leaves dimension " + d);
      }
    }
    List<Integer> dims = dimensions(region);
    List<Long> shape = dims.stream().map(d -> region.get(d).hi() - region.get(d).lo() + 1).toList();
    Buffer p = Buffer.of(name, x.type(), Space.LOCAL, shape);
    List<String> loops = dims.stream().map(d -> name + "_" + d).toList();
    Nests.requireFresh(k, loops);
    Stmt rest = body.rewriteExprs(e -> redirected(e, p, dims, region, deps));
    return new Alloc(p, Block.of(List.of(copy(x, p, base, region, dims), rest)));
  }

  private static boolean readsData(Expr index) {
    boolean[] found = {false};
    index.rewrite(
        e -> {
          found[0] |= e instanceof Load;
          return e;
        });
    return found[0];
  }

  private List<Integer> dimensions(List<Range> region) {
    List<Integer> dims = new ArrayList<>(order);
    if (order.isEmpty()) {
      for (int d = 0; d < region.size(); d++) {
        if (region.get(d).hi() > region.get(d).lo()) {
          dims.add(d);
        }
      }
    }
    for (int d = 0; d < region.size(); d++) {
      boolean wide = region.get(d).hi() > region.get(d).lo();
      if (wide && dims.stream().filter(Integer.valueOf(d)::equals).count() != 1) {
        throw new Illegal("the order does not name dimension " + d + " once");
      }
    }
    if (dims.stream().anyMatch(d -> d < 0 || d >= region.size())
        || dims.stream().distinct().count() != dims.size()) {
      throw new Illegal("no order of the dimensions: " + order);
    }
    if (dims.isEmpty()) {
      if (region.isEmpty()) {
        throw new Illegal(buffer + " is a single element");
      }
      dims.add(region.size() - 1);
    }
    return dims;
  }

  private Expr redirected(Expr e, Buffer p, List<Integer> dims, List<Range> region, Deps deps) {
    if (!(e instanceof Load l) || !l.buffer().name().equals(buffer)) {
      return e;
    }
    List<Expr> at = new ArrayList<>();
    for (int d : dims) {
      at.add(parts(l.index().get(d), deps).moving.plus(-region.get(d).lo()).expr());
    }
    return new Load(p, at);
  }

  private Stmt copy(Buffer x, Buffer p, List<Affine> base, List<Range> region, List<Integer> dims) {
    List<Expr> from = new ArrayList<>();
    for (int d = 0; d < x.rank(); d++) {
      Expr start = base.get(d).plus(region.get(d).lo()).expr();
      from.add(dims.contains(d) ? Exprs.add(start, Exprs.var(name + "_" + d)) : start);
    }
    List<Expr> to = dims.stream().map(d -> (Expr) Exprs.var(name + "_" + d)).toList();
    Stmt copy = new Store(p, to, new Load(x, from));
    for (int i = dims.size() - 1; i >= 0; i--) {
      copy = For.of(name + "_" + dims.get(i), p.shape().get(i), copy);
    }
    return copy;
  }

  private Parts parts(Expr e, Deps deps) {
    Affine a = Affine.of(e, deps.ranges());
    Affine base = a.without(t -> !deps.isFixed(t)).constantPart(0);
    Affine moving = a.minus(base);
    for (Affine.Term t : moving.terms().values()) {
      boolean[] odd = {false};
      t.atom()
          .rewrite(
              x -> {
                odd[0] |=
                    x instanceof Load
                        || x instanceof Expr.Var v
                            && !deps.loops().containsKey(v.name())
                            && !deps.isFixed(v);
                return x;
              });
      if (odd[0]) {
        throw new Illegal("an index of " + buffer + " depends on data");
      }
    }
    return new Parts(base, moving);
  }

  @Override
  public String toString() {
    StringBuilder s = new StringBuilder("pack " + buffer + " at " + loop + " as " + name);
    if (!order.isEmpty()) {
      s.append(" order");
      order.forEach(d -> s.append(' ').append(d));
    }
    return s.toString();
  }
}
