package dev.nncc.tensor.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nncc.graph.Evaluator;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Softmax;
import dev.nncc.tensor.lower.Lowerings;
import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.verify.PlanChecker;
import dev.nncc.tensor.verify.PlanInterpreter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Blocks that deal out their channels by turns: one copy for each. */
class ShuffledChannelsTest {
  private final Nets n = new Nets();

  private Value every(Value x, long first, long step) {
    long rest = (x.shape().dim(1) - first + step - 1) / step;
    List<Long> sizes = List.of(1L, rest, x.shape().dim(2), x.shape().dim(3));
    return n.op(new Slice(List.of(0L, first, 0L, 0L), sizes, List.of(1L, step, 1L, 1L)), x);
  }

  private Value joined(Value... parts) {
    return n.op(new Concat(1), parts);
  }

  private Value conv(Value x, long channels, long kernel) {
    return n.relu(n.conv(x, channels, kernel));
  }

  /** A block: of {@code groups} parts of the channels one is computed, the others go on. */
  private Value block(Value x, int groups) {
    List<Value> parts = new ArrayList<>();
    for (int g = 1; g < groups; g++) {
      parts.add(every(x, g, groups));
    }
    long channels = x.shape().dim(1) / groups;
    parts.add(conv(conv(every(x, 0, groups), channels, 1), channels, 3));
    return joined(parts.toArray(Value[]::new));
  }

  private Value start(long... channels) {
    Value x = conv(n.input(1, 3, 9, 7), 8, 3);
    List<Value> parts = new ArrayList<>();
    for (long c : channels) {
      parts.add(conv(x, c, parts.isEmpty() ? 1 : 3));
    }
    return joined(parts.toArray(Value[]::new));
  }

  private static boolean isSideBySide(Placement p, Value v) {
    return p.storage(v).strides().get(1) == 1;
  }

  private static long sideBySide(Placement p) {
    return p.graph().nodes().stream()
        .filter(x -> x.op() instanceof Concat && isSideBySide(p, x.result()))
        .count();
  }

  private static void computesTheSame(Placement p) {
    Random random = new Random(1);
    List<Tensor> inputs = new ArrayList<>();
    Graph g = p.graph();
    for (Value v : g.inputs()) {
      TensorBuilder b = new TensorBuilder(v.type());
      for (long i = 0; i < v.shape().elements(); i++) {
        b.set(i, random.nextInt(9) - 4);
      }
      inputs.add(b.build());
    }
    List<Tensor> expected = Evaluator.evaluate(g, inputs);
    List<TensorType> types = g.outputs().stream().map(Value::type).toList();
    for (ArenaMode mode : ArenaMode.values()) {
      RunPlan plan = RunPlanner.plan(p, Lowerings.all(), mode, 0);
      assertThat(PlanChecker.problems(plan, p)).isEmpty();
      List<Tensor> actual = new PlanInterpreter(plan, k -> k).run(inputs, types);
      for (int o = 0; o < expected.size(); o++) {
        double[] e = expected.get(o).toDoubles();
        // Sums of a few hundred terms, in another order and in f32.
        double scale = Arrays.stream(e).map(Math::abs).max().orElse(0);
        assertThat(actual.get(o).toDoubles()).containsExactly(e, within(scale * 300 * 0x1p-24));
      }
    }
  }

  private void check(Placement p, int sideBySide, int copies) {
    assertThat(sideBySide(p)).isEqualTo(sideBySide);
    assertThat(p.copies()).isEqualTo(copies);
    computesTheSame(p);
  }

  @Test
  void aBlockCopiesWhatGoesOn() {
    check(n.placed(conv(block(block(start(32, 32), 2), 2), 16, 1)), 3, 2);
  }

  @Test
  void partsMayBeginAnywhere() {
    check(n.placed(conv(block(block(start(24, 24), 2), 2), 16, 3)), 3, 2);
  }

  @Test
  void anyNumberOfGroups() {
    check(n.placed(conv(block(start(7, 20, 9), 3), 16, 1)), 2, 2);
  }

  @Test
  void slicesThatTakeNeighboursStayInBlocks() {
    Value x = start(32, 32);
    List<Long> sizes = List.of(1L, 32L, 9L, 7L);
    List<Long> ones = List.of(1L, 1L, 1L, 1L);
    Value rear = n.op(new Slice(List.of(0L, 32L, 0L, 0L), sizes, ones), x);
    check(n.placed(conv(x, 16, 1), conv(rear, 16, 1)), 0, 0);
  }

  @Test
  void otherReadersKeepRows() {
    Value x = start(24, 24);
    Value y = n.op(new Softmax(3), x);
    assertThat(sideBySide(n.placed(conv(every(x, 0, 2), 16, 1), y))).isZero();
  }
}
