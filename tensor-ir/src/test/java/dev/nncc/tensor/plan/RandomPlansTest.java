package dev.nncc.tensor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.random.RandomGraph;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.standard.Pipelines;
import dev.nncc.tensor.lower.Lowerings;
import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.verify.PlanChecker;
import dev.nncc.tensor.verify.PlanInterpreter;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Memory plans of random graphs are sound, and what they compute does not depend on the plan. */
class RandomPlansTest {
  private static final int FEW = Integer.getInteger("nncc.graphs", 150);
  private static final int MANY = Integer.getInteger("nncc.graphs", 3_000);

  @Test
  void everyPlanOfARandomGraphIsSound() {
    check(0, FEW);
  }

  @Test
  @Tag("full")
  void everyPlanOfManyRandomGraphsIsSound() {
    check(500_000, MANY);
  }

  private static void check(long first, int count) {
    int inPlace = 0;
    int beside = 0;
    for (long seed = first; seed < first + count; seed++) {
      RandomGraph random = RandomGraph.of(seed);
      Graph g =
          Pipelines.standard(PassOptions.DEFAULT)
              .run(random.graph(), new PassContext(PassOptions.DEFAULT));
      Placement placement = Placement.of(g);
      List<TensorType> types = g.outputs().stream().map(Value::type).toList();
      List<ByteBuffer> fast = List.of();
      for (ArenaMode mode : ArenaMode.values()) {
        // Also launches too short to be worth it, whose steps the interpreter runs backwards.
        RunPlan plan = RunPlanner.plan(placement, Lowerings.all(), mode, 0);
        assertThat(PlanChecker.problems(plan, placement)).as("graph %s, %s", seed, mode).isEmpty();
        PlanInterpreter interpreter = new PlanInterpreter(plan, k -> k);
        List<ByteBuffer> outputs =
            interpreter.run(random.inputs(), types).stream()
                .map(Tensor::payload)
                .map(p -> p.bytes())
                .toList();
        fast = mode == ArenaMode.FAST ? outputs : fast;
        assertThat(outputs.equals(fast)).as("graph %s", seed).isTrue();
        beside += plan.steps().size() - plan.launches();
        inPlace +=
            (int)
                plan.memory().allocations().stream().filter(MemoryPlan.Allocation::inPlace).count();
      }
    }
    assertThat(inPlace).isPositive();
    assertThat(beside).isPositive();
  }
}
