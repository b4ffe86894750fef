package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The rule for one perfect nest: flatten, choose the vector, then tile or stream. */
final class NestPlan {
  /** Copies of a statement that a tile may be unrolled to. */
  static final int LARGEST = 96;

  /** Steps unrolled at most, tried in turn while the kernel is too large. */
  private static final List<Integer> BUDGETS = List.of(LARGEST, 16, 8);

  private final Session s;
  private final Machine m;
  private final Fresh fresh;

  NestPlan(Session s, Machine m, Fresh fresh) {
    this.s = s;
    this.m = m;
    this.fresh = fresh;
  }

  /**
   * Shapes a nest; what does not work out is left plain.
   *
   * @param parallel its outermost loop may become the kernel's parallel loop
   * @param room statements that the kernel may have behind this
   * @return whether it has a shape
   */
  boolean run(KernelPlan.Nest nest, boolean parallel, long room) {
    Session.Mark before = s.mark();
    for (int budget : BUDGETS) {
      if (shaped(nest, parallel, budget) && Emittable.statements(s.kernel().body()) <= room) {
        return true;
      }
      s.back(before);
    }
    if (parallel) {
      new KernelPlan(s, m).runPlain();
    } else {
      plain(nest);
    }
    return false;
  }

  private boolean shaped(KernelPlan.Nest nest, boolean parallel, int budget) {
    if (nest.head().isEmpty()) {
      return nest.leaf() instanceof Reduce r && accumulate(r, nest.parent());
    }
    String head = flatten(nest.head().get());
    Shape shape = new Shape(s, m, fresh, nest.parent(), budget);
    return nest.leaf() instanceof Reduce
        ? new ReducePlan(shape).run(head, parallel)
        : new StreamPlan(shape).run(head, parallel);
  }

  /** Data loops outside, reduced loops inside, one accumulator: always legal. */
  void plain(KernelPlan.Nest nest) {
    if (!(nest.leaf() instanceof Reduce r)) {
      return;
    }
    String at = nest.parent();
    if (nest.head().isPresent()) {
      Kernel k = s.kernel();
      List<String> data = new ArrayList<>();
      List<String> reduced = new ArrayList<>();
      for (For f : NestModel.loops(Nests.find(k, nest.head().get()).orElseThrow())) {
        (r.over().contains(f.var()) ? reduced : data).add(f.var());
      }
      List<String> order = new ArrayList<>(data);
      order.addAll(reduced);
      s.attempt(new Reorder(order));
      at = data.isEmpty() ? at : data.get(data.size() - 1);
    }
    accumulate(r, at);
  }

  private boolean accumulate(Reduce r, String at) {
    String into = r.outputs().get(0).buffer().name();
    return s.attempt(new Accumulate(into, at, fresh.name("acc"), List.of()));
  }

  /** Fuses neighbouring loops that walk memory as one loop would. Returns the nest's head. */
  private String flatten(String head) {
    String first = head;
    boolean changed = true;
    while (changed) {
      changed = false;
      NestModel n = s.model(first);
      for (int i = 0; i + 1 < n.axes().size() && !changed; i++) {
        Axis a = n.axes().get(i);
        Axis b = n.axes().get(i + 1);
        if (isOneWalk(n, a, b)) {
          String fused = fresh.name(a.name() + b.name());
          changed = s.attempt(new Fuse(a.name(), b.name(), fused));
          first = changed && a.name().equals(first) ? fused : first;
        }
      }
    }
    return first;
  }

  private static boolean isOneWalk(NestModel n, Axis a, Axis b) {
    if (a.reduce() != b.reduce() || a.symbolic() || b.symbolic()) {
      return false;
    }
    if (n.pinned().contains(a.name()) || n.pinned().contains(b.name())) {
      return false;
    }
    boolean apart =
        n.guard().stream().flatMap(g -> g.parts().stream()).anyMatch(p -> p.moves(a) != p.moves(b));
    if (apart) {
      return false;
    }
    return n.operands().stream()
        .allMatch(
            o ->
                o.at(a.name()) != Operand.IRREGULAR
                    && o.at(b.name()) != Operand.IRREGULAR
                    && o.at(a.name()) == o.at(b.name()) * b.extent());
  }

  /** What the plans of one nest share. */
  record Shape(Session s, Machine m, Fresh fresh, String parent, int budget) {
    /** Two sizes of tiles are two nests, each unrolled: not where these were too large before. */
    boolean mayCut() {
      return budget > BUDGETS.get(BUDGETS.size() - 1);
    }

    For loop(String v) {
      return Nests.find(s.kernel(), v).orElseThrow();
    }

    NestModel model(String head) {
      return s.model(head);
    }

    boolean unroll(List<String> loops) {
      return loops.stream().allMatch(v -> s.attempt(new SetKind(v, Kind.UNROLL)));
    }

    boolean reorder(List<String> loops) {
      return loops.size() < 2 || s.attempt(new Reorder(loops));
    }

    /** Splits exactly; the pair of new names, outer first. */
    Optional<List<String>> split(String v, long factor, String outer, String inner) {
      String o = fresh.name(v + outer);
      String i = fresh.name(v + inner);
      return s.attempt(new Split(v, factor, o, i, false))
          ? Optional.of(List.of(o, i))
          : Optional.empty();
    }

    /** Fuses the first of the loops, outermost first, until there are enough chunks. */
    String parallel(List<String> outer) {
      String par = outer.get(0);
      for (String v : outer.subList(1, outer.size())) {
        For f = loop(par);
        String fused = fresh.name("p");
        if (!f.isConstant()
            || f.trip() >= AutoSchedule.CHUNKS
            || !s.attempt(new Fuse(par, v, fused))) {
          break;
        }
        par = fused;
      }
      s.attempt(new SetKind(par, Kind.PAR));
      return par;
    }

    /** The largest divisor of n up to a limit. */
    static long divisor(long n, long atMost) {
      long d = Math.max(1, Math.min(n, atMost));
      while (n % d != 0) {
        d--;
      }
      return d;
    }
  }
}
