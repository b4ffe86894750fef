package dev.nncc.tensor.schedule;

import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.index.Range;
import dev.nncc.tensor.index.Ranges;
import dev.nncc.tensor.index.Simplifier;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Load;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What legality is made of: the accesses of a statement, the bounds of its loops, and the
 * dependence that a loop carries from one iteration to the others. Conservative: what is not
 * understood carries an order.
 */
final class Deps {
  /**
   * @param index as written, with let-bound values put in
   * @param op of an update or a reduction with one operator
   * @param notAbove what the conditions around say: each is at most 0
   */
  record Access(
      Buffer buffer, List<Expr> index, boolean write, Optional<BinOp> op, List<Affine> notAbove) {}

  enum Carried {
    /** Iterations touch different elements. */
    NOTHING,
    /** Iterations meet in updates with one operator only. */
    REDUCTION,
    ORDER
  }

  private final List<Access> accesses = new ArrayList<>();
  private final Map<String, Range> loops = new LinkedHashMap<>();
  private final Map<String, Expr> lets = new LinkedHashMap<>();
  private final List<Affine> conditions = new ArrayList<>();
  private final Set<String> states = new LinkedHashSet<>();
  private final Set<String> local = new LinkedHashSet<>();
  private final Set<String> written = new LinkedHashSet<>();

  private Deps() {}

  static Deps of(Stmt s) {
    Deps d = new Deps();
    d.walk(s);
    return d;
  }

  /** The values of the loops in a statement, and nothing else of it. */
  static Ranges ranges(Stmt s) {
    Map<String, Range> loops = new LinkedHashMap<>();
    for (Stmt.For f : Nests.loops(s)) {
      loops.put(f.var(), Simplifier.ofLoop(f, Ranges.of(loops)));
    }
    return Ranges.of(loops);
  }

  List<Access> accesses() {
    return accesses;
  }

  /** The loops inside the statement, outside in, and the values of their variables. */
  Map<String, Range> loops() {
    return loops;
  }

  Ranges ranges() {
    return Ranges.of(loops);
  }

  /** Names of the buffers allocated inside. */
  Set<String> local() {
    return local;
  }

  boolean writes(String buffer) {
    return written.contains(buffer);
  }

  private void walk(Stmt s) {
    if (s instanceof Stmt.For f) {
      loops.put(f.var(), Simplifier.ofLoop(f, ranges()));
    } else if (s instanceof Stmt.Alloc a) {
      local.add(a.buffer().name());
    } else if (s instanceof Stmt.Let l) {
      lets.put(l.name(), l.value());
    } else if (s instanceof Stmt.Store t) {
      write(t.buffer(), t.index(), Optional.empty());
    } else if (s instanceof Stmt.Update u) {
      write(u.buffer(), u.index(), Optional.of(u.op()));
    } else if (s instanceof Reduce r) {
      r.states().forEach(x -> states.add(x.name()));
      r.lets().forEach(b -> lets.put(b.name(), b.value()));
      Optional<BinOp> op = Form.of(r).map(f -> f.ops().get(0));
      for (Reduce.Output o : r.outputs()) {
        int before = conditions.size();
        o.when().ifPresent(c -> conditions.addAll(Facts.of(inlined(c), true, ranges())));
        write(o.buffer(), o.index(), op);
        conditions.subList(before, conditions.size()).clear();
      }
    }
    s.mapChildren(
        c -> {
          if (!(s instanceof Stmt.If)) {
            walk(c);
          }
          return c;
        },
        e ->
            e.rewrite(
                x -> {
                  if (x instanceof Load l) {
                    add(l.buffer(), l.index(), false, Optional.empty());
                  }
                  return x;
                }));
    if (s instanceof Stmt.If i) {
      walkBranches(i);
    }
  }

  private void walkBranches(Stmt.If s) {
    walkBranch(s.yes(), s.condition(), true);
    s.no().ifPresent(n -> walkBranch(n, s.condition(), false));
  }

  private void write(Buffer b, List<Expr> index, Optional<BinOp> op) {
    written.add(b.name());
    add(b, index, true, op);
  }

  private void add(Buffer b, List<Expr> index, boolean write, Optional<BinOp> op) {
    accesses.add(new Access(b, inlined(index), write, op, List.copyOf(conditions)));
  }

  private void walkBranch(Stmt s, Expr condition, boolean holds) {
    int before = conditions.size();
    conditions.addAll(Facts.of(inlined(condition), holds, ranges()));
    walk(s);
    conditions.subList(before, conditions.size()).clear();
  }

  private List<Expr> inlined(List<Expr> index) {
    return Exprs.map(index, this::inlined);
  }

  private Expr inlined(Expr e) {
    if (lets.isEmpty()) {
      return e;
    }
    return e.rewrite(
        x ->
            x instanceof Expr.Var v && lets.containsKey(v.name())
                ? inlined(lets.get(v.name()))
                : x);
  }

  /** Whether the value stays the same while the statement runs. */
  boolean isFixed(Expr e) {
    return isKnown(e)
        && !Exprs.any(
            e,
            x ->
                x instanceof Expr.Var v
                    && (loops.containsKey(v.name()) || lets.containsKey(v.name())));
  }

  /** Whether the value follows from loop variables and what is fixed. */
  private boolean isKnown(Expr e) {
    return !Exprs.any(
        e,
        x ->
            x instanceof Load l
                ? local.contains(l.buffer().name()) || writes(l.buffer().name())
                : x instanceof Expr.Var v && states.contains(v.name()));
  }

  /** The dependence carried by loop v, which is this statement or around it. */
  Carried carriedBy(String v) {
    Map<String, List<Access>> byBuffer = new LinkedHashMap<>();
    for (Access a : accesses) {
      if (!local.contains(a.buffer.name())) {
        byBuffer.computeIfAbsent(a.buffer.name(), n -> new ArrayList<>()).add(a);
      }
    }
    Carried worst = Carried.NOTHING;
    for (List<Access> all : byBuffer.values()) {
      if (all.stream().noneMatch(Access::write)) {
        continue;
      }
      for (List<Access> l : apart(all, v)) {
        if (l.stream().noneMatch(Access::write) || new Separation(this, l, v).holds()) {
          continue;
        }
        Optional<BinOp> op = l.get(0).op;
        if (op.isEmpty() || l.stream().anyMatch(a -> !a.op.equals(op))) {
          return Carried.ORDER;
        }
        worst = Carried.REDUCTION;
      }
    }
    return worst;
  }

  /** Accesses at places of a dimension that nothing here moves (row t, row t + 1) never meet. */
  private Collection<List<Access>> apart(List<Access> l, String v) {
    for (int d = 0; d < l.get(0).index.size(); d++) {
      Map<Affine, List<Access>> places = new LinkedHashMap<>();
      for (Access a : l) {
        places.computeIfAbsent(Affine.of(a.index.get(d), ranges()), i -> new ArrayList<>()).add(a);
      }
      Affine first = places.keySet().iterator().next();
      boolean still =
          places.keySet().stream()
              .allMatch(
                  i -> i.terms().equals(first.terms()) && !i.mentions(v) && isFixed(i.expr()));
      if (still && places.size() > 1) {
        return places.values();
      }
    }
    return List.of(l);
  }

  /** The canonical index in one dimension; empty when it is not known what it depends on. */
  Optional<Affine> index(Access a, int d) {
    Expr e = a.index.get(d);
    return isKnown(e) ? Optional.of(Affine.of(e, ranges())) : Optional.empty();
  }
}
