package dev.nncc.tensor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.Value;
import dev.nncc.graph.op.Softmax;
import dev.nncc.tensor.lower.Lowerings;
import dev.nncc.tensor.lower.Phase;
import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.verify.PlanChecker;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StepOrderTest {
  private static StepOrder.Job job(Set<Integer> after, Integer... touches) {
    return new StepOrder.Job(after, new LinkedHashSet<>(List.of(touches)));
  }

  private static long peak(List<StepOrder.Job> jobs, long[] bytes, List<Integer> order) {
    int[] first = new int[bytes.length];
    int[] last = new int[bytes.length];
    for (int i = order.size() - 1; i >= 0; i--) {
      for (int m : jobs.get(order.get(i)).touches()) {
        first[m] = i;
        last[m] = Math.max(last[m], i);
      }
    }
    long most = 0;
    for (int i = 0; i < order.size(); i++) {
      long live = 0;
      for (int m = 0; m < bytes.length; m++) {
        live += first[m] <= i && i <= last[m] ? bytes[m] : 0;
      }
      most = Math.max(most, live);
    }
    return most;
  }

  @Test
  void branchesRunOneAfterTheOther() {
    // Four branches widen one after the other before any is narrowed; memory 0 is what all read.
    List<StepOrder.Job> jobs = new ArrayList<>();
    long[] bytes = new long[9];
    bytes[0] = 1;
    for (int b = 0; b < 4; b++) {
      jobs.add(job(Set.of(), 0, 1 + b));
      bytes[1 + b] = 100;
    }
    for (int b = 0; b < 4; b++) {
      jobs.add(job(Set.of(b), 1 + b, 5 + b));
      bytes[5 + b] = 10;
    }
    assertThat(peak(jobs, bytes, List.of(0, 1, 2, 3, 4, 5, 6, 7))).isEqualTo(410);
    assertThat(StepOrder.candidates(jobs, bytes))
        .anySatisfy(o -> assertThat(peak(jobs, bytes, o)).isEqualTo(111));
  }

  @Test
  void everyOrderHasAllJobsBehindThoseTheyNeed() {
    Random random = new Random(3);
    for (int round = 0; round < 100; round++) {
      int n = 3 + random.nextInt(40);
      List<StepOrder.Job> jobs = new ArrayList<>();
      long[] bytes = random.longs(n, 1, 1000).toArray();
      for (int j = 0; j < n; j++) {
        Set<Integer> after = new LinkedHashSet<>();
        for (int k = 0; k < 2 && j > 0; k++) {
          after.add(random.nextInt(j));
        }
        Set<Integer> touches = new LinkedHashSet<>(after);
        touches.add(j);
        jobs.add(new StepOrder.Job(after, touches));
      }
      List<List<Integer>> candidates = StepOrder.candidates(jobs, bytes);
      assertThat(candidates).isNotEmpty().isEqualTo(StepOrder.candidates(jobs, bytes));
      for (List<Integer> order : candidates) {
        assertThat(new LinkedHashSet<>(order)).hasSize(n);
        jobs.forEach(
            j ->
                j.after()
                    .forEach(
                        a ->
                            assertThat(order.indexOf(a))
                                .isLessThan(order.indexOf(jobs.indexOf(j)))));
      }
    }
  }

  @Test
  void aPlanIsMadeInTheOrderThatNeedsLess() {
    Nets n = new Nets();
    Value x = n.input(1, 16, 8, 8);
    List<Value> wide = new ArrayList<>();
    for (int b = 0; b < 4; b++) {
      wide.add(n.op(new Softmax(1), n.conv(x, 128 + 16L * b, 1)));
    }
    Value sum = n.conv(wide.get(0), 16, 1);
    for (int b = 1; b < 4; b++) {
      sum = n.add(sum, n.conv(wide.get(b), 16, 1));
    }
    Placement p = n.placed(n.op(new Softmax(1), sum));
    RunPlan plan = RunPlanner.plan(p, Lowerings.all(), ArenaMode.SMALL);
    assertThat(PlanChecker.problems(plan, p)).isEmpty();
    List<Integer> order =
        plan.steps().stream().map(s -> p.graph().nodes().indexOf(s.node())).toList();
    assertThat(order).as("not the graph's order").isNotEqualTo(order.stream().sorted().toList());
    List<Usage.Call> calls = new ArrayList<>();
    for (int i = 0; i < p.graph().nodes().size(); i++) {
      if (!p.isFree(p.graph().nodes().get(i))) {
        for (Phase f : Lowerings.all().lower(p.graph().nodes().get(i), p)) {
          calls.add(Usage.Call.of(i, f, p));
        }
      }
    }
    assertThat(plan.memory().bytes())
        .isLessThan(Layout.of(Launches.alone(calls), p, ArenaMode.SMALL).bytes());
  }
}
