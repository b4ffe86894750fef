package dev.nncc.tensor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.DType;
import dev.nncc.graph.Evaluator;
import dev.nncc.graph.Graph;
import dev.nncc.graph.GraphBuilder;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.PoolKind;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.standard.Pipelines;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.lower.Lowerings;
import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.schedule.AutoSchedule;
import dev.nncc.tensor.schedule.Machine;
import dev.nncc.tensor.verify.PlanChecker;
import dev.nncc.tensor.verify.PlanInterpreter;
import dev.nncc.tensor.winograd.Winograd;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Neighbouring convolutions as one kernel, band by band. Numbers are whole, so sums are exact. */
class BandsTest {
  private final Random random = new Random(7);
  private final GraphBuilder b = new GraphBuilder("net");

  private Tensor whole(Shape shape) {
    TensorBuilder t = new TensorBuilder(new TensorType(DType.F32, shape));
    for (long i = 0; i < shape.elements(); i++) {
      t.set(i, random.nextInt(7) - 3);
    }
    return t.build();
  }

  private Value input(long... dims) {
    return b.input("x", new TensorType(DType.F32, Shape.of(dims)));
  }

  /** With a bias, so that what lies beside the picture would not be zero if it were computed. */
  private Value conv(Value x, long channels, long kernel, long stride, long groups) {
    Value y = linear(x, channels, kernel, stride, groups, 1);
    return b.add(Origin.of("r", "relu"), Elementwise.of(ElementwiseKind.RELU), y);
  }

  private Value linear(
      Value x, long channels, long kernel, long stride, long groups, long dilation) {
    Shape w = Shape.of(channels, x.shape().dim(1) / groups, kernel, kernel);
    List<Long> pads = two(kernel / 2 * dilation);
    Conv c = new Conv(two(stride), pads, pads, two(dilation), Math.toIntExact(groups));
    Value bias = b.constant(whole(Shape.of(channels)));
    return b.add(Origin.of("c", "conv"), c, x, b.constant(whole(w)), bias);
  }

  private static List<Long> two(long v) {
    return Collections.nCopies(2, v);
  }

  private Value depthwise(Value x, long kernel, long stride) {
    return conv(x, x.shape().dim(1), kernel, stride, x.shape().dim(1));
  }

  private Placement placed(Value y) {
    b.output("y", y);
    PassContext context = new PassContext(PassOptions.DEFAULT);
    Graph g = Pipelines.standard(PassOptions.DEFAULT).run(b.build(), context);
    return Placement.of(g, List.of(), Winograd.OFF);
  }

  /** That so many nodes are left, and that plans compute what the graph does. */
  private void joins(Value y, int nodes) {
    Placement apart = placed(y);
    Placement p = Bands.join(apart, Lowerings.all(), 1, Double.NEGATIVE_INFINITY);
    assertThat(steps(apart) - steps(p)).isEqualTo(nodes);
    Graph g = p.graph();
    List<Tensor> inputs = g.inputs().stream().map(v -> whole(v.shape())).toList();
    List<Tensor> expected = Evaluator.evaluate(apart.graph(), inputs);
    assertThat(Evaluator.evaluate(g, inputs).get(0).toDoubles())
        .containsExactly(expected.get(0).toDoubles());
    List<UnaryOperator<Kernel>> schedules =
        List.of(
            k -> k,
            k -> AutoSchedule.schedule(k, Machine.AVX512).kernel(),
            k -> AutoSchedule.schedule(k, Machine.AVX2).kernel());
    for (ArenaMode mode : ArenaMode.values()) {
      RunPlan plan = RunPlanner.plan(p, Lowerings.all(), mode);
      assertThat(PlanChecker.problems(plan, p)).isEmpty();
      for (UnaryOperator<Kernel> s : schedules) {
        List<TensorType> types = g.outputs().stream().map(Value::type).toList();
        List<Tensor> actual = new PlanInterpreter(plan, s).run(inputs, types);
        assertThat(actual.get(0).toDoubles()).containsExactly(expected.get(0).toDoubles());
      }
    }
  }

  private static long steps(Placement p) {
    return p.graph().nodes().stream().filter(n -> !p.isFree(n)).count();
  }

  @Test
  void depthwiseAndProjection() {
    joins(conv(depthwise(conv(input(1, 16, 9, 7), 40, 3, 1, 1), 3, 1), 24, 1, 1, 1), 1);
  }

  @Test
  void depthwiseWithStrideAndProjectionOfSeveralPictures() {
    joins(conv(depthwise(conv(input(2, 16, 12, 8), 32, 3, 1, 1), 5, 2), 16, 1, 1, 1), 1);
  }

  @Test
  void expansionAndDepthwise() {
    joins(depthwise(conv(input(1, 20, 56, 6), 96, 1, 1, 1), 3, 1), 1);
  }

  @Test
  void expansionAndDepthwiseWithStride() {
    joins(depthwise(conv(input(1, 16, 57, 8), 64, 1, 1, 1), 3, 2), 1);
  }

  @Test
  void dilatedWindowsOverAnOddPicture() {
    Value x = conv(input(1, 24, 27, 13), 48, 1, 1, 1);
    joins(linear(x, 48, 3, 1, 48, 2), 1);
  }

  @Test
  void projectionWithWhatWentAround() {
    Value x = conv(input(1, 8, 21, 9), 16, 1, 1, 1);
    Value up = conv(x, 48, 1, 1, 1);
    Value y = linear(depthwise(up, 5, 1), 16, 1, 1, 1, 1);
    joins(b.add(Origin.of("s", "add"), Elementwise.of(ElementwiseKind.ADD), x, y), 1);
  }

  /** Beside the picture there is minus infinity. */
  @Test
  void maximumOfWhatMayBeNegative() {
    Value x = linear(input(1, 3, 19, 8), 32, 1, 1, 1, 1);
    Pool max = new Pool(PoolKind.MAX, two(3), two(2), two(1), two(1), two(1), false, false);
    joins(conv(b.add(Origin.of("m", "max"), max, x), 8, 3, 1, 1), 1);
  }

  /** Nothing is below zero, so the maximum shares a border of zeros. */
  @Test
  void maximumOfWhatIsNeverNegative() {
    Pool max =
        new Pool(
            PoolKind.MAX,
            List.of(2L, 5L),
            List.of(3L, 1L),
            List.of(1L, 2L),
            List.of(0L, 0L),
            two(1),
            true,
            false);
    Value x = conv(input(3, 16, 20, 17), 48, 1, 1, 1);
    joins(conv(b.add(Origin.of("m", "max"), max, x), 16, 1, 1, 1), 1);
  }

  /** The first and the last bands read nothing but what lies beside the picture. */
  @Test
  void borderThatIsHigherThanTheWindow() {
    joins(padded(conv(input(1, 16, 18, 8), 32, 1, 1, 1), List.of(8L, 1L), List.of(8L, 1L)), 1);
  }

  @Test
  void windowsThatReadTheBorderOnly() {
    Value x = conv(input(1, 8, 1, 8), 16, 1, 1, 1);
    Conv c = new Conv(two(3), List.of(1L, 0L), List.of(1L, 0L), two(1), 16);
    joins(b.add(Origin.of("c", "conv"), c, x, b.constant(whole(Shape.of(16, 1, 1, 3)))), 0);
  }

  private Value padded(Value x, List<Long> before, List<Long> after) {
    Conv c = new Conv(two(1), before, after, two(1), Math.toIntExact(x.shape().dim(1)));
    Value w = b.constant(whole(Shape.of(x.shape().dim(1), 1, 3, 3)));
    return b.add(Origin.of("c", "conv"), c, x, w);
  }

  @Test
  void notWhatOthersReadToo() {
    Value x = input(1, 32, 12, 8);
    Value d = depthwise(x, 3, 1);
    Value sum =
        b.add(Origin.of("s", "add"), Elementwise.of(ElementwiseKind.ADD), conv(d, 32, 1, 1, 1), d);
    joins(sum, 0);
  }

  @Test
  void notWhatStaysInTheInnerCaches() {
    Placement apart =
        placed(conv(depthwise(conv(input(1, 16, 9, 7), 40, 3, 1, 1), 3, 1), 24, 1, 1, 1));
    assertThat(Bands.join(apart, Lowerings.all())).isSameAs(apart);
  }
}
