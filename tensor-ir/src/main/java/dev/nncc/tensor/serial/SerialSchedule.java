package dev.nncc.tensor.serial;

import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import java.util.ArrayList;
import java.util.List;

/**
 * The plainest schedule that can be emitted: every reduction gets scalar accumulators inside its
 * data loops, the outermost loop is shared by the workers where that is plainly right, nothing is
 * vectorised. What optimised schedules are compared with, and what is left when a kernel admits
 * nothing better.
 */
public final class SerialSchedule {
  private SerialSchedule() {}

  public static Kernel schedule(Kernel kernel) {
    Stmt body = explicit(kernel.body());
    if (body instanceof Stmt.For f && f.kind() == Stmt.Kind.FOR && independent(f, kernel.body())) {
      body = f.with(Stmt.Kind.PAR);
    }
    return kernel.with(body);
  }

  private static Stmt explicit(Stmt s) {
    if (!(s instanceof Stmt.For)) {
      return s instanceof Reduce r
          ? accumulate(List.of(), r)
          : s.mapChildren(SerialSchedule::explicit, e -> e);
    }
    List<Stmt.For> loops = new ArrayList<>();
    Stmt leaf = s;
    while (leaf instanceof Stmt.For f) {
      loops.add(f);
      leaf = f.body();
    }
    if (leaf instanceof Reduce r) {
      return accumulate(loops, r);
    }
    return s.mapChildren(SerialSchedule::explicit, e -> e);
  }

  private static Stmt accumulate(List<Stmt.For> loops, Reduce r) {
    List<Expr> zero = List.of(Exprs.index(0));
    List<Buffer> accumulators = new ArrayList<>();
    List<Stmt> init = new ArrayList<>();
    for (Reduce.State state : r.states()) {
      String name =
          state.name() + "_" + (loops.isEmpty() ? "r" : loops.get(loops.size() - 1).var());
      Buffer b = Buffer.of(name, state.type(), Space.REG, List.of(1L));
      accumulators.add(b);
      init.add(new Stmt.Store(b, zero, state.init()));
    }
    List<Stmt> stores = new ArrayList<>();
    for (int i = 0; i < accumulators.size(); i++) {
      stores.add(
          new Stmt.Store(
              accumulators.get(i), zero, new Expr.Var("next" + i, accumulators.get(i).type())));
    }
    Stmt update = Stmt.Block.of(stores);
    for (int i = accumulators.size() - 1; i >= 0; i--) {
      update = new Stmt.Let("next" + i, loaded(r, accumulators, r.next().get(i)), update);
    }
    List<Stmt> outputs = new ArrayList<>();
    for (Reduce.Output o : r.outputs()) {
      outputs.add(o.store(e -> loaded(r, accumulators, e)));
    }
    Stmt finish = Stmt.Block.of(outputs);
    for (int i = r.lets().size() - 1; i >= 0; i--) {
      finish =
          new Stmt.Let(
              r.lets().get(i).name(), loaded(r, accumulators, r.lets().get(i).value()), finish);
    }
    Stmt s = update;
    for (int i = loops.size() - 1; i >= 0; i--) {
      s = r.over().contains(loops.get(i).var()) ? loops.get(i).with(s) : s;
    }
    List<Stmt> all = new ArrayList<>(init);
    all.add(s);
    all.add(finish);
    s = Stmt.Block.of(all);
    for (Buffer b : accumulators) {
      s = new Stmt.Alloc(b, s);
    }
    for (int i = loops.size() - 1; i >= 0; i--) {
      s = r.over().contains(loops.get(i).var()) ? s : loops.get(i).with(s);
    }
    return s;
  }

  private static Expr loaded(Reduce r, List<Buffer> accumulators, Expr e) {
    Expr out = e;
    for (int i = 0; i < accumulators.size(); i++) {
      out =
          Exprs.substitute(
              out,
              r.states().get(i).name(),
              new Expr.Load(accumulators.get(i), List.of(Exprs.index(0))));
    }
    return out;
  }

  /**
   * No reduction runs over the loop, and whatever is written outside the worker is written at an
   * index of its own.
   */
  private static boolean independent(Stmt.For loop, Stmt naive) {
    boolean[] ok = {true};
    naive.rewrite(
        s -> {
          if (s instanceof Reduce r) {
            ok[0] &= !r.over().contains(loop.var());
            r.outputs().forEach(o -> ok[0] &= separates(o.buffer(), o.index(), loop.var()));
          } else if (s instanceof Stmt.Store st) {
            ok[0] &= separates(st.buffer(), st.index(), loop.var());
          } else if (s instanceof Stmt.Update u) {
            ok[0] &= separates(u.buffer(), u.index(), loop.var());
          }
          return s;
        });
    return ok[0];
  }

  private static boolean separates(Buffer b, List<Expr> index, String var) {
    return b.space() != Space.GLOBAL
        || index.stream().anyMatch(i -> i instanceof Expr.Var v && v.name().equals(var));
  }
}
