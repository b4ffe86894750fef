package dev.nncc.tensor.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.tensor.lower.Lowerings;
import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.plan.ArenaMode;
import dev.nncc.tensor.plan.MemoryPlan;
import dev.nncc.tensor.plan.Nets;
import dev.nncc.tensor.plan.Pointer;
import dev.nncc.tensor.plan.RunPlan;
import dev.nncc.tensor.plan.RunPlanner;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The checker finds each kind of mistake that a planner could make. */
class PlanCheckerTest {
  private final Placement placement = Nets.pyramid();
  private final RunPlan small = RunPlanner.plan(placement, Lowerings.all(), ArenaMode.SMALL);
  private final RunPlan fast = RunPlanner.plan(placement, Lowerings.all(), ArenaMode.FAST);

  private List<String> problems(RunPlan plan) {
    return PlanChecker.problems(plan, placement);
  }

  private static RunPlan with(RunPlan p, List<RunPlan.Step> steps, MemoryPlan memory) {
    return new RunPlan(steps, p.constants(), p.weightBytes(), p.preparedBytes(), memory, p.fills());
  }

  /** The plan with one arena offset moved wherever it occurs, and the arena made long enough. */
  private static RunPlan moved(RunPlan p, long from, long to) {
    List<RunPlan.Step> steps = new ArrayList<>();
    for (RunPlan.Step s : p.steps()) {
      List<Pointer> pointers = new ArrayList<>();
      for (Pointer q : s.pointers()) {
        pointers.add(q.equals(new Pointer.Arena(from)) ? new Pointer.Arena(to) : q);
      }
      steps.add(new RunPlan.Step(s.phase(), pointers, s.node()));
    }
    List<MemoryPlan.Allocation> all = new ArrayList<>();
    long most = 0;
    for (MemoryPlan.Allocation a : p.memory().allocations()) {
      long at = a.offset() == from ? to : a.offset();
      all.add(
          new MemoryPlan.Allocation(
              a.name(), a.origin(), at, a.bytes(), a.first(), a.last(), a.inPlace()));
    }
    MemoryPlan m = new MemoryPlan(p.memory().mode(), all, 1 << 24, most);
    most = m.live().stream().mapToLong(Long::longValue).max().orElse(0);
    return with(p, steps, new MemoryPlan(p.memory().mode(), all, 1 << 24, most));
  }

  private static List<Integer> bordersOf(RunPlan p) {
    List<Integer> at = new ArrayList<>();
    for (int i = 0; i < p.steps().size(); i++) {
      if (p.steps().get(i).phase().kernel().name().equals("border")) {
        at.add(i);
      }
    }
    return at;
  }

  @Test
  void rightPlansPass() {
    assertThat(problems(small)).isEmpty();
    assertThat(problems(fast)).isEmpty();
    assertThat(small.memory().bytes()).isLessThan(fast.memory().bytes());
    assertThat(bordersOf(small)).isNotEmpty();
    assertThat(bordersOf(fast)).isEmpty();
    assertThat(fast.fills()).isNotEmpty();
  }

  @Test
  void aValueOnTopOfALiveOneIsFound() {
    MemoryPlan m = small.memory();
    int found = 0;
    for (MemoryPlan.Allocation a : m.allocations()) {
      for (MemoryPlan.Allocation b : m.allocations()) {
        if (a.last() > b.first() && b.last() > a.first() && a.offset() != b.offset()) {
          found++;
          assertThat(problems(moved(small, a.offset(), b.offset())))
              .as("%s on %s", a, b)
              .isNotEmpty();
        }
      }
    }
    assertThat(found).isPositive();
  }

  @Test
  void aForgottenBorderIsFound() {
    for (int i : bordersOf(small)) {
      List<RunPlan.Step> steps = new ArrayList<>(small.steps());
      // Replaced by its neighbour, so that the numbers of the steps stay.
      steps.set(i, steps.get(i == 0 ? i : i - 1));
      if (i > 0) {
        assertThat(problems(with(small, steps, small.memory()))).as("border %s", i).isNotEmpty();
      }
    }
    RunPlan unfilled =
        new RunPlan(
            fast.steps(),
            fast.constants(),
            fast.weightBytes(),
            fast.preparedBytes(),
            fast.memory(),
            List.of());
    assertThat(problems(unfilled)).anyMatch(p -> p.contains("border"));
  }

  @Test
  void stepsInTheWrongOrderAreFound() {
    List<RunPlan.Step> steps = new ArrayList<>(fast.steps());
    steps.add(0, steps.remove(steps.size() - 1));
    assertThat(problems(with(fast, steps, fast.memory()))).isNotEmpty();
  }

  @Test
  void anArenaThatIsTooShortIsFound() {
    MemoryPlan m = small.memory();
    MemoryPlan shorter =
        new MemoryPlan(m.mode(), m.allocations(), m.bytes() - MemoryPlan.ALIGNMENT, m.lowerBound());
    assertThat(problems(with(small, small.steps(), shorter))).isNotEmpty();
  }

  @Test
  void aBoundThatNobodyReachesIsFound() {
    MemoryPlan m = small.memory();
    MemoryPlan lower = new MemoryPlan(m.mode(), m.allocations(), m.bytes(), m.lowerBound() - 64);
    assertThat(problems(with(small, small.steps(), lower))).isNotEmpty();
  }

  @Test
  void stepsBesideWhatTheyNeedAreFound() {
    for (int i = 1; i < fast.steps().size(); i++) {
      List<RunPlan.Step> steps = new ArrayList<>(fast.steps());
      RunPlan.Step s = steps.get(i);
      steps.set(i, new RunPlan.Step(s.phase(), s.pointers(), s.node(), true));
      assertThat(problems(with(fast, steps, fast.memory())))
          .as("step %s", i)
          .anyMatch(p -> p.contains("beside"));
    }
  }
}
