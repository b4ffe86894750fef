package dev.nncc.tensor.verify;

import dev.nncc.graph.DType;
import dev.nncc.graph.Value;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.lower.Argument;
import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.plan.MemoryPlan;
import dev.nncc.tensor.plan.Pointer;
import dev.nncc.tensor.plan.RunPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Checks a memory plan without trusting how it was made: walks the steps of several runs, also of
 * one that stops in the middle, and keeps for each element of the arena who wrote it last. What a
 * step reads must have been written in this run by the value it belongs to; borders must hold what
 * their buffer says; what a step writes may meet what it reads only element by element, and nothing
 * that another step of its launch touches.
 */
public final class PlanChecker {
  private static final int MOST_PROBLEMS = 20;

  /** Who has memory: the root of a value, or scratch by node and number. */
  private record Owner(Value value, int scratch) {}

  /** What a border holds. */
  private record Filling(DType type, double value) {}

  private final RunPlan plan;
  private final Placement placement;
  private final List<String> problems = new ArrayList<>();

  /** Positive: an owner of this run; negative: a filling; 0: nothing that anybody may read. */
  private final int[] tags;

  private final int unit;
  private final Map<Owner, Integer> owners = new LinkedHashMap<>();
  private final Map<Filling, Integer> fillings = new LinkedHashMap<>();

  private PlanChecker(RunPlan plan, Placement placement) {
    this.plan = plan;
    this.placement = placement;
    unit =
        plan.steps().stream()
            .flatMap(s -> s.phase().kernel().args().stream())
            .mapToInt(b -> b.type().bytes())
            .min()
            .orElse(1);
    tags = new int[Math.toIntExact((plan.memory().bytes() + unit - 1) / unit)];
  }

  /** What is wrong with a plan, at most a few sentences; none when it is right. */
  public static List<String> problems(RunPlan plan, Placement placement) {
    return new PlanChecker(plan, placement).check();
  }

  private List<String> check() {
    bounds();
    allocations();
    launches();
    if (problems.isEmpty()) {
      for (RunPlan.Fill f : plan.fills()) {
        int tag = filling(f.dtype(), f.value());
        mark(f.offset(), f.bytes(), tag);
      }
      int n = plan.steps().size();
      for (int end : new int[] {n, n / 2, n, n / 3, n}) {
        run(end);
      }
    }
    return problems;
  }

  private void report(int step, String what) {
    if (problems.size() < MOST_PROBLEMS) {
      RunPlan.Step s = plan.steps().get(step);
      String name = s.phase().kernel().name();
      problems.add("step " + step + " (" + name + " of " + s.origin() + "): " + what);
    }
  }

  /** Every argument lies in the arena, and starts at a whole line. */
  private void bounds() {
    for (int s = 0; s < plan.steps().size(); s++) {
      RunPlan.Step step = plan.steps().get(s);
      for (int i = 0; i < step.pointers().size(); i++) {
        if (step.pointers().get(i) instanceof Pointer.Arena a) {
          Buffer b = step.phase().kernel().args().get(i);
          long end = a.offset() + Elements.end(b) * b.type().bytes();
          if (a.offset() < 0
              || a.offset() % MemoryPlan.ALIGNMENT != 0
              || Elements.start(b) < 0
              || end > plan.memory().bytes()) {
            report(s, b.name() + " at " + a.offset() + " to " + end + " is outside the arena");
          }
        }
      }
    }
    for (RunPlan.Fill f : plan.fills()) {
      if (f.offset() < 0 || f.offset() + f.bytes() > plan.memory().bytes()) {
        problems.add("a border is filled outside the arena: " + f);
      }
    }
  }

  /** No step writes what another one of its launch touches. */
  private void launches() {
    int first = 0;
    for (List<RunPlan.Step> launch : plan.together()) {
      List<Footprint> others = new ArrayList<>();
      for (int i = 0; i < launch.size() && launch.size() > 1; i++) {
        Footprint mine = Footprint.of(launch.get(i));
        if (others.stream().anyMatch(mine::meets)) {
          report(first + i, "it runs beside steps that it needs, or that need it");
        }
        others.add(mine);
      }
      first += launch.size();
    }
  }

  /** The list of allocations tells the truth about the steps. */
  private void allocations() {
    MemoryPlan m = plan.memory();
    long most = m.live().stream().mapToLong(Long::longValue).max().orElse(0);
    if (most != m.lowerBound() || m.bytes() < most) {
      problems.add(
          "live are " + most + " bytes, the bound says " + m.lowerBound() + " of " + m.bytes());
    }
    for (int s = 0; s < plan.steps().size(); s++) {
      RunPlan.Step step = plan.steps().get(s);
      for (int i = 0; i < step.pointers().size(); i++) {
        if (step.pointers().get(i) instanceof Pointer.Arena a) {
          Buffer b = step.phase().kernel().args().get(i);
          long end = a.offset() + Elements.end(b) * b.type().bytes();
          int now = s;
          boolean known =
              m.allocations().stream()
                  .anyMatch(
                      x ->
                          x.offset() == a.offset()
                              && x.first() <= now
                              && now <= x.last()
                              && end <= x.offset() + x.bytes());
          if (!known) {
            report(s, b.name() + " at " + a.offset() + " is no allocation of that step");
          }
        }
      }
    }
  }

  /** A run that ends before step {@code end}. */
  private void run(int end) {
    for (int i = 0; i < tags.length; i++) {
      tags[i] = Math.min(tags[i], 0);
    }
    for (int s = 0; s < end && problems.size() < MOST_PROBLEMS; s++) {
      RunPlan.Step step = plan.steps().get(s);
      StepAccess access = StepAccess.of(step);
      if (access.isBorder()) {
        Buffer b = step.phase().kernel().args().get(0);
        long base = ((Pointer.Arena) step.pointers().get(0)).offset();
        ConstantStores.each(
            step.phase().kernel().body(),
            (at, value) ->
                mark(base + at * b.type().bytes(), b.type().bytes(), filling(b.type(), value)));
        continue;
      }
      for (StepAccess.Arg a : access.reads()) {
        read(s, a);
      }
      apart(s, access);
      for (StepAccess.Arg a : access.writes()) {
        Elements.inside(
            a.buffer(),
            (start, count) ->
                mark(a.address(start), count * a.buffer().type().bytes(), owner(a, step)));
      }
    }
  }

  private void read(int s, StepAccess.Arg a) {
    int size = a.buffer().type().bytes();
    int want = owner(a, plan.steps().get(s));
    boolean[] wrong = {false, false};
    Elements.inside(
        a.buffer(), (start, count) -> wrong[0] |= !holds(a.address(start), count * size, want));
    int filling = filling(a.buffer().type(), a.buffer().fill());
    Elements.border(
        a.buffer(), (start, count) -> wrong[1] |= !holds(a.address(start), count * size, filling));
    if (wrong[0]) {
      report(s, a.argument() + " is read where it was not written, or is overwritten");
    }
    if (wrong[1]) {
      report(s, "the border of " + a.argument() + " does not hold " + a.buffer().fill());
    }
  }

  /** What is written and what else the step touches do not meet, or element by element. */
  private void apart(int s, StepAccess access) {
    for (StepAccess.Arg w : access.writes()) {
      for (StepAccess.Arg o : access.all()) {
        if (o.index() == w.index() || o.to() <= w.from() || w.to() <= o.from()) {
          continue;
        }
        if (owner(o, plan.steps().get(s)) == owner(w, plan.steps().get(s))) {
          if (meet(o, w)) {
            report(s, o.argument() + " and " + w.argument() + " are views of the same elements");
          }
        } else if (!access.isInPlace(o, w)) {
          report(s, o.argument() + " and " + w.argument() + " overlap");
        }
      }
    }
  }

  private static boolean meet(StepAccess.Arg a, StepAccess.Arg b) {
    long from = Math.min(a.from(), b.from());
    BitSet seen = new BitSet();
    int size = a.buffer().type().bytes();
    Elements.inside(
        a.buffer(),
        (start, count) -> {
          int at = Math.toIntExact(a.address(start) - from);
          seen.set(at, Math.toIntExact(at + count * size));
        });
    boolean[] hit = {false};
    Elements.inside(
        b.buffer(),
        (start, count) -> {
          int at = Math.toIntExact(b.address(start) - from);
          int next = seen.nextSetBit(at);
          hit[0] |= next >= 0 && next < at + count * b.buffer().type().bytes();
        });
    return hit[0];
  }

  private void mark(long address, long bytes, int tag) {
    Arrays.fill(
        tags, Math.toIntExact(address / unit), Math.toIntExact((address + bytes) / unit), tag);
  }

  private boolean holds(long address, long bytes, int tag) {
    int end = Math.toIntExact((address + bytes) / unit);
    for (int i = Math.toIntExact(address / unit); i < end; i++) {
      if (tags[i] != tag) {
        return false;
      }
    }
    return true;
  }

  private int owner(StepAccess.Arg a, RunPlan.Step step) {
    Owner o =
        a.argument() instanceof Argument.OfScratch s
            ? new Owner(step.node().results().get(0), s.id())
            : new Owner(placement.root(((Argument.OfValue) a.argument()).value()), -1);
    return owners.computeIfAbsent(o, k -> owners.size() + 1);
  }

  private int filling(DType type, double value) {
    double rounded = Exprs.number(type, value).number();
    return fillings.computeIfAbsent(new Filling(type, rounded), k -> -fillings.size() - 1);
  }
}
