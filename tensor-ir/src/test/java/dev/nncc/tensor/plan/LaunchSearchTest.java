package dev.nncc.tensor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.tensor.lower.Lowerings;
import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.verify.PlanChecker;
import dev.nncc.tensor.verify.PlanInterpreter;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Which calls make one launch. */
class LaunchSearchTest {
  /** One line for each launch: the anchor of each call with the number of its node. */
  private static String launches(RunPlan plan) {
    return plan.together().stream()
        .map(
            launch ->
                launch.stream()
                    .map(s -> s.phase().kernel().name() + " " + s.node().results().get(0))
                    .collect(Collectors.joining(" | ")))
        .collect(Collectors.joining("\n"));
  }

  private static RunPlan plan(Placement p) {
    RunPlan plan = RunPlanner.plan(p, Lowerings.all(), ArenaMode.FAST);
    assertThat(PlanChecker.problems(plan, p)).isEmpty();
    return plan;
  }

  /**
   * Chains of two convolutions on maps of their own, behind one on a map that decides how large the
   * arena is.
   */
  private static Placement heads(int chains, long channels, long size) {
    Nets n = new Nets();
    Value[] outputs = new Value[chains + 1];
    outputs[chains] = max(n, n.relu(n.conv(n.input(1, 8, 48, 48), 256, 1)));
    for (int i = 0; i < chains; i++) {
      Value x = n.conv(n.input(1, 8, size, size), channels, 1);
      outputs[i] = max(n, n.relu(n.conv(n.relu(x), channels, 1)));
    }
    return n.placed(outputs);
  }

  private static Value max(Nets n, Value x) {
    return n.op(new Reduce(ReduceKind.MAX, List.of(2, 3), true), x);
  }

  @Test
  void equalKernelsOnDifferentOperandsRunBesideEachOther() {
    RunPlan plan = plan(heads(3, 32, 12));
    assertThat(launches(plan))
        .isEqualTo(
            """
            conv %3
            reduce %4
            conv %8
            conv %16
            conv %24
            conv %11 | conv %19 | conv %27
            reduce %12
            reduce %20
            reduce %28""");
    assertThat(plan.launches()).isEqualTo(9);
  }

  @Test
  void whatNeedsEachOtherDoesNot() {
    assertThat(launches(plan(heads(1, 32, 12)))).doesNotContain("|");
  }

  @Test
  void tinyCallsStayAlone() {
    assertThat(launches(plan(heads(2, 16, 2)))).doesNotContain("|");
  }

  @Test
  void largeCallsStayAlone() {
    assertThat(launches(plan(heads(2, 128, 48)))).doesNotContain("|");
  }

  @Test
  void launchesTakeNoMemoryThatThePlanDoesNotNeedAnyway() {
    // What two convolutions make at once is more than is ever live one after the other.
    Nets n = new Nets();
    Value x = max(n, n.conv(n.input(1, 8, 12, 12), 96, 1));
    Value y = max(n, n.conv(n.input(1, 8, 12, 12), 96, 1));
    Placement p = n.placed(x, y);
    assertThat(launches(plan(p))).doesNotContain("|");
  }

  @Test
  void theOrderWithinALaunchDoesNotMatter() {
    // The interpreter runs the steps of a launch backwards.
    Placement p = heads(3, 32, 12);
    List<TensorType> types = p.graph().outputs().stream().map(Value::type).toList();
    List<Tensor> inputs = p.graph().inputs().stream().map(v -> ramp(v.type())).toList();
    RunPlan joined = plan(p);
    RunPlan alone =
        new RunPlan(
            joined.steps().stream()
                .map(x -> new RunPlan.Step(x.phase(), x.pointers(), x.node()))
                .toList(),
            joined.constants(),
            joined.weightBytes(),
            joined.preparedBytes(),
            joined.memory(),
            joined.fills());
    assertThat(joined.launches()).isLessThan(alone.launches());
    assertThat(bytes(joined, inputs, types)).isEqualTo(bytes(alone, inputs, types));
  }

  private static List<ByteBuffer> bytes(RunPlan p, List<Tensor> inputs, List<TensorType> types) {
    return new PlanInterpreter(p, k -> k)
        .run(inputs, types).stream().map(t -> t.payload().bytes()).toList();
  }

  private static Tensor ramp(TensorType type) {
    TensorBuilder b = new TensorBuilder(type);
    for (long i = 0; i < type.shape().elements(); i++) {
      b.set(i, i % 13 - 6);
    }
    return b.build();
  }
}
