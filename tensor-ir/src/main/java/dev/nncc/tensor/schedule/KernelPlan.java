package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Expr.Bin;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Const;
import dev.nncc.tensor.ir.Expr.Var;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.Alloc;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.Kind;
import dev.nncc.tensor.ir.Stmt.Let;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The rule over a whole kernel: which loop is parallel, and every nest on its own. */
final class KernelPlan {
  /** A loop split by several numbers takes as many rounds. */
  private static final int ROUNDS = 4;

  /**
   * A perfect nest, by its outermost loop (none: a statement without loops), inside {@code parent}.
   */
  record Nest(Optional<String> head, String parent, Stmt leaf) {}

  /** Statements of a kernel, unless a nest would have no shape at all. */
  private static final long ROOM = 2000;

  private final Session s;
  private final Machine m;
  private final Fresh fresh;

  KernelPlan(Session s, Machine m) {
    this.s = s;
    this.m = m;
    fresh = new Fresh(s);
  }

  void run() {
    normalise();
    if (m.pairs()) {
      pair();
    }
    if (!isOneNest()) {
      new RowVector(s, m, fresh).run(top());
      parallelise();
    }
    Session.Mark before = s.mark();
    if (!eachNest(ROOM, false)) {
      s.back(before);
      if (!eachNest(ROOM, true)) {
        s.back(before);
        eachNest(Emittable.MAX_STATEMENTS, true);
      }
    }
    Nests.loops(s.kernel().body()).stream()
        .filter(Spread::isHints)
        .forEach(f -> s.attempt(new Spread(f.var())));
  }

  /**
   * Every nest on its own.
   *
   * @param room statements of the whole kernel
   * @param shares whether each has its share of the room for code, or takes what it wants
   * @return whether all have what the rule wants, not just the room for it
   */
  private boolean eachNest(long room, boolean shares) {
    NestPlan plan = new NestPlan(s, m, fresh);
    List<Nest> all = nests();
    long first = shares ? Emittable.statements(s.kernel().body()) : room;
    long more = Math.max(0, room - first);
    boolean done = true;
    for (int i = 0; i < all.size(); i++) {
      done &= plan.run(all.get(i), isOneNest(), first + more * (i + 1) / all.size());
    }
    return done;
  }

  /** Parallel where possible, else as written: always legal. */
  void runPlain() {
    parallelise();
    NestPlan plan = new NestPlan(s, m, fresh);
    for (Nest n : nests()) {
      plan.plain(n);
    }
  }

  /** A loop whose indices use v // E or v % E is split by E, so that every index is affine. */
  private void normalise() {
    for (int round = 0; round < ROUNDS; round++) {
      Map<String, Long> by = new LinkedHashMap<>();
      s.kernel()
          .body()
          .rewriteExprs(
              e -> {
                if (e instanceof Bin b
                    && (b.op() == BinOp.FLOORDIV || b.op() == BinOp.MOD)
                    && b.a() instanceof Var v
                    && b.b() instanceof Const c) {
                  by.merge(v.name(), c.integer(), Math::min);
                }
                return e;
              });
      boolean any = false;
      for (Map.Entry<String, Long> e : by.entrySet()) {
        OptionalLong extent =
            Nests.find(s.kernel(), e.getKey()).filter(For::isConstant).stream()
                .mapToLong(For::trip)
                .findFirst();
        if (extent.isPresent() && extent.getAsLong() % e.getValue() == 0) {
          String v = e.getKey();
          any |=
              s.attempt(
                  new Split(v, e.getValue(), fresh.name(v + "o"), fresh.name(v + "i"), false));
        }
      }
      if (!any) {
        return;
      }
    }
  }

  /** Sums of products of bf16 take two steps at a time. */
  private void pair() {
    for (Reduce r : Nests.reductions(s.kernel().body())) {
      if (Tensorise.product(r).isEmpty()) {
        continue;
      }
      for (String v : r.over()) {
        Session.Mark before = s.mark();
        String q = fresh.name(v + "q");
        String p = fresh.name(v + "p");
        boolean two =
            Nests.find(s.kernel(), v).filter(For::isConstant).map(For::trip).orElse(0L) == 2;
        if (two && s.attempt(new Tensorise(v))
            || !two && s.attempt(new Split(v, 2, q, p, false)) && s.attempt(new Tensorise(p))) {
          break;
        }
        s.back(before);
      }
    }
  }

  private Stmt top() {
    Stmt x = s.kernel().body();
    while (x instanceof Alloc || x instanceof Let) {
      x = x instanceof Alloc a ? a.body() : ((Let) x).body();
    }
    return x;
  }

  private boolean isOneNest() {
    return top() instanceof For f && NestModel.isNest(f);
  }

  /** The outermost data loops that carry nothing become one parallel loop. */
  private void parallelise() {
    List<String> loops = new ArrayList<>();
    Stmt x = top();
    while (x instanceof For f && f.kind() == Kind.FOR) {
      if (Nests.reductions(f).stream().anyMatch(r -> r.over().contains(f.var()))
          || Deps.of(f).carriedBy(f.var()) != Deps.Carried.NOTHING) {
        break;
      }
      loops.add(f.var());
      x = f.body();
    }
    fuseParallel(loops);
  }

  /** Fuses the first loops until there are enough chunks, and makes the result parallel. */
  private void fuseParallel(List<String> loops) {
    if (loops.isEmpty()) {
      return;
    }
    String par = loops.get(0);
    for (String v : loops.subList(1, loops.size())) {
      For f = Nests.find(s.kernel(), par).orElseThrow();
      String fused = fresh.name("p");
      boolean enough = !f.isConstant() || f.trip() >= AutoSchedule.CHUNKS;
      if (enough || !s.attempt(new Fuse(par, v, fused))) {
        break;
      }
      par = fused;
    }
    s.attempt(new SetKind(par, Kind.PAR));
  }

  /** All nests in the order of the program. */
  private List<Nest> nests() {
    List<Nest> l = new ArrayList<>();
    collect(s.kernel().body(), Nests.ROOT, l);
    return l;
  }

  static void collect(Stmt s, String parent, List<Nest> into) {
    if (s instanceof For f) {
      if (NestModel.isNest(f)) {
        into.add(new Nest(Optional.of(f.var()), parent, NestModel.leaf(f)));
      } else {
        collect(f.body(), f.var(), into);
      }
      return;
    }
    if (s instanceof Reduce) {
      into.add(new Nest(Optional.empty(), parent, s));
      return;
    }
    s.mapStatements(
        c -> {
          collect(c, parent, into);
          return c;
        });
  }
}
