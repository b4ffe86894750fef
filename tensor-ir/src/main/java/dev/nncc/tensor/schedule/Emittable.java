package dev.nncc.tensor.schedule;

import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.Alloc;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.Kind;
import dev.nncc.tensor.ir.Stmt.Let;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** Whether a kernel is scheduled enough for code generation, and small enough to be compiled. */
final class Emittable {
  /** Statements after unrolling. */
  static final long MAX_STATEMENTS = 4000;

  private final List<String> problems = new ArrayList<>();
  private final Deque<For> path = new ArrayDeque<>();

  private Emittable() {}

  /** What is wrong, if anything. */
  static Optional<String> problem(Kernel k) {
    Emittable e = new Emittable();
    e.checkParallel(k.body(), true);
    e.walk(k.body());
    if (statements(k.body()) > MAX_STATEMENTS) {
      e.problems.add(statements(k.body()) + " statements");
    }
    return e.problems.stream().findFirst();
  }

  /** Statements after unrolling; a large expression counts for several. */
  static long statements(Stmt s) {
    if (s instanceof For f) {
      long n = statements(f.body());
      return f.kind() == Kind.UNROLL && f.isConstant() ? n * f.trip() : n;
    }
    long[] sum = {0};
    s.mapStatements(
        c -> {
          sum[0] += statements(c);
          return c;
        });
    return sum[0] == 0 ? weight(s) : sum[0];
  }

  private static long weight(Stmt s) {
    long[] nodes = {0};
    s.mapChildren(
        c -> c,
        e -> {
          e.rewrite(
              x -> {
                nodes[0] += x instanceof Expr.Call ? 8 : 1;
                return x;
              });
          return e;
        });
    return 1 + nodes[0] / 16;
  }

  private void checkParallel(Stmt s, boolean outermost) {
    if (s instanceof For f && f.kind() == Kind.PAR && !outermost) {
      problems.add("parallel loop " + f.var() + " is not the outermost");
    }
    boolean still = outermost && (s instanceof Alloc || s instanceof Let);
    s.mapStatements(
        c -> {
          checkParallel(c, still);
          return c;
        });
  }

  private void walk(Stmt s) {
    if (s instanceof For f) {
      path.addLast(f);
      boolean fixed = f.kind() == Kind.UNROLL || f.kind() == Kind.VEC;
      if (fixed && !f.isConstant()) {
        problems.add("the extent of " + f.var() + " is not constant");
      }
      if (f.kind() == Kind.VEC) {
        checkVector(f);
      }
      walk(f.body());
      path.removeLast();
      return;
    }
    if (s instanceof Reduce r) {
      problems.add("a reduction over " + r.over() + " is left");
    }
    if (s instanceof Stmt.Store t && t.buffer().space() == Space.REG) {
      checkRegister(t.buffer().name(), t.index());
    }
    if (s instanceof Stmt.Update u && u.buffer().space() == Space.REG) {
      checkRegister(u.buffer().name(), u.index());
    }
    s.mapChildren(
        c -> {
          walk(c);
          return c;
        },
        e ->
            e.rewrite(
                x -> {
                  if (x instanceof Expr.Load l && l.buffer().space() == Space.REG) {
                    checkRegister(l.buffer().name(), l.index());
                  }
                  return x;
                }));
  }

  private void checkVector(For f) {
    if (f.isConstant() && Long.bitCount(f.trip()) != 1) {
      problems.add("vector loop " + f.var() + " has " + f.trip() + " lanes");
    }
    if (Nests.loops(f.body()).stream().anyMatch(x -> x.kind() != Kind.UNROLL)) {
      problems.add("a loop inside vector loop " + f.var());
    }
  }

  private void checkRegister(String buffer, List<Expr> index) {
    for (Expr e : index) {
      for (Affine.Term t : Affine.of(e).terms().values()) {
        t.atom()
            .rewrite(
                x -> {
                  if (x instanceof Expr.Var v && !isFixed(v.name())) {
                    problems.add("register buffer " + buffer + " at " + v.name());
                  }
                  return x;
                });
      }
    }
  }

  private boolean isFixed(String var) {
    return path.stream()
        .filter(f -> f.var().equals(var))
        .anyMatch(f -> f.kind() == Kind.UNROLL || f.kind() == Kind.VEC || extentOne(f));
  }

  private static boolean extentOne(For f) {
    return f.isConstant() && f.trip() == 1;
  }
}
