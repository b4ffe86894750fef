package dev.nncc.tensor.schedule;

import dev.nncc.tensor.index.Ranges;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Kernels that visit rows several times, where neighbouring elements of a row are far apart in
 * memory but neighbouring rows are not (softmax over channels): a vector of rows at a time.
 */
final class RowVector {
  private final Session s;
  private final Machine m;
  private final Fresh fresh;

  RowVector(Session s, Machine m, Fresh fresh) {
    this.s = s;
    this.m = m;
    this.fresh = fresh;
  }

  /**
   * @param top the outermost loop, if the kernel starts with one
   */
  void run(Stmt top) {
    List<String> spine = new ArrayList<>();
    Stmt x = top;
    while (x instanceof For f && f.kind() == Kind.FOR && f.isConstant()) {
      spine.add(f.var());
      x = f.body();
    }
    if (spine.isEmpty() || Nests.loops(x).stream().anyMatch(f -> f.kind() != Kind.FOR)) {
      return;
    }
    int lanes = m.lanes(Math.max(1, Work.widest(x)));
    Optional<String> v = across(spine, x);
    if (v.isEmpty() || Nests.find(s.kernel(), v.get()).map(For::trip).orElse(0L) < lanes) {
      return;
    }
    Session.Mark before = s.mark();
    if (!distribute(spine, v.get(), lanes)) {
      s.back(before);
    }
  }

  /** The loop around along which most of the memory is contiguous, if more than inside. */
  private Optional<String> across(List<String> spine, Stmt body) {
    List<Operand> operands = new ArrayList<>();
    Kernel k = s.kernel();
    Ranges ranges = Deps.ranges(k.body());
    List<String> inner = Nests.loops(body).stream().map(For::var).toList();
    for (Deps.Access a : Deps.of(body).accesses()) {
      if (k.args().contains(a.buffer())) {
        operands.add(NestModel.operand(ranges, a, spine, inner));
      }
    }
    long within = operands.stream().filter(o -> inner.stream().anyMatch(v -> o.at(v) == 1)).count();
    return spine.stream()
        .max(Comparator.comparingLong(v -> contiguous(operands, v)))
        .filter(v -> contiguous(operands, v) > within);
  }

  private static long contiguous(List<Operand> operands, String v) {
    return operands.stream().filter(o -> o.at(v) == 1).count();
  }

  private boolean distribute(List<String> spine, String v, int lanes) {
    List<String> order = new ArrayList<>(spine);
    order.remove(v);
    order.add(v);
    if (order.size() > 1 && !s.attempt(new Reorder(order))) {
      return false;
    }
    long e = Nests.find(s.kernel(), v).orElseThrow().trip();
    if (e == lanes) {
      return s.attempt(new Distribute(v));
    }
    String o = fresh.name(v + "o");
    String i = fresh.name(v + "i");
    boolean exact = e % lanes == 0;
    String rest = fresh.suffix(Nests.find(s.kernel(), v).orElseThrow(), i);
    Directive d = exact ? new Split(v, lanes, o, i, false) : new Ragged(v, lanes, o, i, rest);
    return s.attempt(d)
        && s.attempt(new Distribute(i))
        && (exact || s.attempt(new Distribute(i + rest)));
  }
}
