package dev.nncc.tensor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.Evaluator;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Expand;
import dev.nncc.tensor.lower.Lowerings;
import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.verify.PlanChecker;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Cheap values that are made once more where memory is scarce in between. */
class RematerialisationTest {
  private static final long SIZE = 16;

  private final Nets n = new Nets();
  private final Value x = n.input(1, 8, SIZE, SIZE);

  private static Optional<Graph> shorter(Graph g, ArenaMode mode) {
    return Rematerialisation.shorter(g, Placement.of(g), Placement::of, mode);
  }

  private Value spread() {
    return n.op(new Expand(Shape.of(1, 16, SIZE, SIZE)), n.input(1, 16, 1, 1));
  }

  /** Reads a value before and behind a wide place, then goes on for a number of layers. */
  private Graph around(Value v, long wide, int layers) {
    Value narrow = n.conv(n.conv(n.add(n.conv(x, 16, 1), v), wide, 1), 16, 1);
    Value y = n.add(narrow, v);
    for (int i = 0; i < layers; i++) {
      y = n.conv(y, 16, 1);
    }
    return n.plain(y);
  }

  private static long arena(Graph g, ArenaMode mode) {
    Placement p = Placement.of(g);
    RunPlan plan = RunPlanner.plan(p, Lowerings.all(), mode);
    assertThat(PlanChecker.problems(plan, p)).isEmpty();
    return plan.memory().bytes();
  }

  private static long spreads(Graph g) {
    return g.nodes().stream().map(Node::op).filter(Expand.class::isInstance).count();
  }

  @Test
  void aSpreadValueIsMadeAgainBehindTheWidestPlace() {
    Graph g = around(spread(), 48, 80);
    for (ArenaMode mode : ArenaMode.values()) {
      Graph twice = shorter(g, mode).orElseThrow();
      assertThat(spreads(g)).isEqualTo(1);
      assertThat(spreads(twice)).isEqualTo(2);
      // 48 + 16 channels in place of 48 + 16 + 16.
      assertThat(arena(g, mode)).isEqualTo(80 * SIZE * SIZE * 4);
      assertThat(arena(twice, mode)).isEqualTo(64 * SIZE * SIZE * 4);
      List<Tensor> inputs = g.inputs().stream().map(v -> ramp(v.type())).toList();
      assertThat(Evaluator.evaluate(twice, inputs).get(0).toDoubles())
          .containsExactly(Evaluator.evaluate(g, inputs).get(0).toDoubles());
      assertThat(shorter(twice, mode)).as("nothing is left to win").isEmpty();
    }
  }

  @Test
  void notWhereItIsNoSmallPartOfTheWork() {
    assertThat(shorter(around(spread(), 48, 5), ArenaMode.SMALL)).isEmpty();
  }

  @Test
  void notWhereTheArenaShrinksByLittle() {
    assertThat(shorter(around(spread(), 400, 80), ArenaMode.SMALL)).isEmpty();
  }

  @Test
  void notWhatIsMadeOfSomethingThatWouldHaveToStay() {
    assertThat(shorter(around(n.relu(n.conv(x, 16, 1)), 48, 80), ArenaMode.SMALL)).isEmpty();
  }

  @Test
  void notWhatTakesAnAnchor() {
    assertThat(shorter(around(n.conv(x, 16, 1), 48, 80), ArenaMode.SMALL)).isEmpty();
  }

  private static Tensor ramp(TensorType type) {
    TensorBuilder b = new TensorBuilder(type);
    for (long i = 0; i < type.shape().elements(); i++) {
      b.set(i, i % 13 - 6);
    }
    return b.build();
  }
}
