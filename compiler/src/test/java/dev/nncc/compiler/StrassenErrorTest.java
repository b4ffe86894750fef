package dev.nncc.compiler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nncc.graph.DType;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.standard.Pipelines;
import dev.nncc.tensor.lower.Lowerings;
import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.plan.ArenaMode;
import dev.nncc.tensor.plan.RunPlan;
import dev.nncc.tensor.plan.RunPlanner;
import dev.nncc.tensor.verify.PlanInterpreter;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Products of sums against sums of products, at every number of pixels. */
class StrassenErrorTest {
  private static final int CHANNELS = 64;

  /** Half a unit in the last place. */
  private static final double UNIT = 0x1p-24;

  /**
   * By how much the terms of a result grow on one level: it is made of four products of sums of p
   * samples and q weights, where pq is 1, 9, 4 and 4 at most.
   */
  private static final double GROWTH = 18;

  /** Additions on one level that a term goes through before its product, and behind. */
  private static final int ADDITIONS = 3 + 3;

  /** Everything stays below 2^24: quarters of quarters sum up to 16 numbers. */
  @TestFactory
  Stream<DynamicTest> wholeNumbersAreExact() {
    return cases(random -> () -> random.nextInt(9) - 4, 0);
  }

  /** Each term of a result goes through so many roundings, its weight's among them. */
  @TestFactory
  Stream<DynamicTest> staysInItsBound() {
    return cases(random -> random::nextGaussian, UNIT);
  }

  private static Stream<DynamicTest> cases(Function<Random, DoubleSupplier> numbers, double unit) {
    return IntStream.rangeClosed(1, 2)
        .boxed()
        .flatMap(
            levels ->
                IntStream.rangeClosed(1, 18)
                    .boxed()
                    .flatMap(
                        width ->
                            Stream.of(1, 4)
                                .map(
                                    height ->
                                        DynamicTest.dynamicTest(
                                            levels + " levels, " + height + "x" + width,
                                            () -> check(levels, height, width, numbers, unit)))));
  }

  private static void check(
      int levels, int height, int width, Function<Random, DoubleSupplier> numbers, double unit) {
    Random random = new Random(100L * height + width);
    DoubleSupplier next = numbers.apply(random);
    // By turns the result has all channels of its last part or lacks some, or even blocks of it.
    int out = width % 2 == 0 ? CHANNELS : CHANNELS / 2 + width;
    FamilyCase c = new FamilyCase(random);
    c.winograd = StrassenCases.forced(levels, random.nextInt(1 << 20));
    Tensor x = tensor(next, 1, CHANNELS, height, width);
    Tensor w = tensor(next, out, CHANNELS, 1, 1);
    Graph graph = graph(c, x.type(), w);
    List<TensorType> types = graph.outputs().stream().map(Value::type).toList();
    RunPlan plan = plan(graph, c);
    assertThat(plan.steps()).anyMatch(s -> s.phase().kernel().name().startsWith("strassen"));
    Tensor y = new PlanInterpreter(plan, k -> k).run(List.of(x), types).get(0);
    int terms = CHANNELS >> levels;
    double magnitude = Math.pow(GROWTH, levels) * terms * largest(x) * largest(w);
    double bound = unit * (levels * ADDITIONS + 1 + terms + 1) * magnitude;
    int pixels = height * width;
    for (int o = 0; o < out; o++) {
      for (int p = 0; p < pixels; p++) {
        double sum = 0;
        for (int k = 0; k < CHANNELS; k++) {
          double sample = Math.max(0, x.reader().number((long) k * pixels + p));
          sum += sample * w.reader().number((long) o * CHANNELS + k);
        }
        assertThat(y.reader().number((long) o * pixels + p))
            .as("channel %s, pixel %s", o, p)
            .isCloseTo(sum, within(bound));
      }
    }
  }

  private static Tensor tensor(DoubleSupplier next, long... extents) {
    TensorBuilder b = new TensorBuilder(TensorType.of(DType.F32, extents));
    for (long i = 0; i < b.build().elements(); i++) {
      b.set(i, next.getAsDouble());
    }
    return b.build();
  }

  private static double largest(Tensor t) {
    double most = 0;
    for (long i = 0; i < t.elements(); i++) {
      most = Math.max(most, Math.abs(t.reader().number(i)));
    }
    return most;
  }

  /** A convolution by ones in front makes blocks of channels, and loses nothing. */
  private static Graph graph(FamilyCase c, TensorType x, Tensor w) {
    TensorBuilder ones = new TensorBuilder(TensorType.of(x.dtype(), CHANNELS, CHANNELS, 1, 1));
    for (long k = 0; k < CHANNELS; k++) {
      ones.set(k * CHANNELS + k, 1.0);
    }
    List<Long> none = List.of(0L, 0L);
    Conv conv = new Conv(List.of(1L, 1L), none, none, List.of(1L, 1L), 1);
    Value same = c.add(conv, c.b.input("x", x), c.b.constant(ones.build()));
    return c.graph(c.add(conv, c.act(ElementwiseKind.RELU, same), c.b.constant(w)));
  }

  private static RunPlan plan(Graph graph, FamilyCase c) {
    Graph fused =
        Pipelines.standard(PassOptions.DEFAULT).run(graph, new PassContext(PassOptions.DEFAULT));
    Placement placement = Placement.of(fused, List.of(), c.winograd);
    return RunPlanner.plan(placement, Lowerings.all(), ArenaMode.SMALL);
  }
}
