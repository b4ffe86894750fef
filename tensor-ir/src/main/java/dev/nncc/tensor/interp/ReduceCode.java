package dev.nncc.tensor.interp;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt.For;
import java.util.ArrayList;
import java.util.List;

/**
 * The unscheduled reduction: hidden states for each combination of the data loops that lie inside
 * the outermost reduced loop; the first iteration of the reduced loops starts them, the last one
 * stores the outputs.
 */
final class ReduceCode {
  private final Frame frame;
  private final ExprCode exprs;
  private final Reduce reduce;
  private final List<For> over = new ArrayList<>();
  private final List<For> data = new ArrayList<>();

  ReduceCode(Frame frame, ExprCode exprs, Reduce reduce, List<For> around) {
    this.frame = frame;
    this.exprs = exprs;
    this.reduce = reduce;
    for (For f : around) {
      if (reduce.over().contains(f.var())) {
        over.add(f);
      } else if (!over.isEmpty()) {
        data.add(f);
      }
    }
    if (over.size() != reduce.over().size()) {
      throw new IllegalStateException("a reduction over loops that do not enclose it: " + reduce);
    }
  }

  private record State(Frame.Cell cell, boolean isFloat, long[] longs, double[] doubles) {
    void load(int at) {
      cell.l = longs[at];
      cell.d = doubles[at];
    }

    void save(int at) {
      longs[at] = cell.l;
      doubles[at] = cell.d;
    }
  }

  Runnable compile() {
    int size = 1;
    for (For f : data) {
      size = Math.toIntExact(size * frame.extent(f.extent()));
    }
    List<State> states = new ArrayList<>();
    List<Runnable> init = new ArrayList<>();
    List<Runnable> next = new ArrayList<>();
    List<Runnable> commit = new ArrayList<>();
    for (int i = 0; i < reduce.states().size(); i++) {
      Reduce.State s = reduce.states().get(i);
      Frame.Cell cell = frame.cell(s.name(), s.type());
      // all states are replaced at once: new values wait here
      Frame.Cell fresh = new Frame.Cell();
      states.add(new State(cell, s.type().isFloat(), new long[size], new double[size]));
      init.add(assign(cell, s.init()));
      next.add(assign(fresh, reduce.next().get(i)));
      commit.add(
          () -> {
            cell.l = fresh.l;
            cell.d = fresh.d;
          });
    }
    List<Runnable> outputs = new ArrayList<>();
    for (Reduce.Binding b : reduce.lets()) {
      outputs.add(assign(frame.cell(b.name(), b.value().type()), b.value()));
    }
    for (Reduce.Output o : reduce.outputs()) {
      Runnable store =
          StmtCode.store(
              exprs, frame.memory(o.buffer()), exprs.position(o.buffer(), o.index()), o.value());
      outputs.add(o.when().map(c -> when(c, store)).orElse(store));
    }
    return code(states, init, next, commit, outputs);
  }

  private Runnable code(
      List<State> states,
      List<Runnable> init,
      List<Runnable> next,
      List<Runnable> commit,
      List<Runnable> outputs) {
    Frame.Cell[] reduced = cells(over);
    Frame.Cell[] kept = cells(data);
    long[] last = over.stream().mapToLong(f -> frame.extent(f.extent()) - 1).toArray();
    long[] extents = data.stream().mapToLong(f -> frame.extent(f.extent())).toArray();
    return () -> {
      int at = 0;
      for (int i = 0; i < kept.length; i++) {
        at = (int) (at * extents[i] + kept[i].l);
      }
      boolean isFirst = true;
      boolean isLast = true;
      for (int i = 0; i < reduced.length; i++) {
        isFirst &= reduced[i].l == 0;
        isLast &= reduced[i].l == last[i];
      }
      if (isFirst) {
        init.forEach(Runnable::run);
      } else {
        for (State s : states) {
          s.load(at);
        }
      }
      next.forEach(Runnable::run);
      commit.forEach(Runnable::run);
      for (State s : states) {
        s.save(at);
      }
      if (isLast) {
        outputs.forEach(Runnable::run);
      }
    };
  }

  private Runnable when(Expr condition, Runnable store) {
    var c = exprs.integer(condition);
    return () -> {
      if (c.getAsLong() != 0) {
        store.run();
      }
    };
  }

  private Frame.Cell[] cells(List<For> loops) {
    return loops.stream().map(f -> frame.cell(f.var(), DType.I64)).toArray(Frame.Cell[]::new);
  }

  private Runnable assign(Frame.Cell c, Expr e) {
    if (e.type().isFloat()) {
      var v = exprs.number(e);
      return () -> c.d = v.getAsDouble();
    }
    var v = exprs.integer(e);
    return () -> c.l = v.getAsLong();
  }
}
