package dev.nncc.graph.op;

import static dev.nncc.graph.op.Samples.l;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nncc.graph.DType;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Op;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReductionTest {
  private static final double INF = Double.POSITIVE_INFINITY;

  private static double[] floats(Op op, Tensor... operands) {
    return op.evaluate(List.of(operands)).get(0).toDoubles();
  }

  private static Tensor t(Shape shape, double... v) {
    return Tensor.of(new TensorType(DType.F64, shape), v);
  }

  private static final Tensor SIX = t(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);

  @Test
  void sumsAlongAnyAxes() {
    assertThat(floats(new Reduce(ReduceKind.SUM, List.of(0), false), SIX)).containsExactly(5, 7, 9);
    assertThat(floats(new Reduce(ReduceKind.SUM, List.of(1), true), SIX)).containsExactly(6, 15);
    assertThat(floats(new Reduce(ReduceKind.SUM, List.of(0, 1), false), SIX)).containsExactly(21);
    assertThat(floats(new Reduce(ReduceKind.SUM, List.of(), false), SIX)).hasSize(6);
    assertThat(floats(new Reduce(ReduceKind.MEAN, List.of(1), false), SIX)).containsExactly(2, 5);
    assertThat(floats(new Reduce(ReduceKind.PROD, List.of(1), false), SIX)).containsExactly(6, 120);
    assertThat(floats(new Reduce(ReduceKind.MIN, List.of(0), false), SIX)).containsExactly(1, 2, 3);
  }

  @Test
  void outerAndInnerAxesAreReducedTogether() {
    Tensor x = t(Shape.of(2, 2, 2), 1, 2, 3, 4, 5, 6, 7, 8);
    assertThat(floats(new Reduce(ReduceKind.SUM, List.of(0, 2), false), x)).containsExactly(14, 22);
  }

  @Test
  void emptyReductionsGiveTheNeutralElement() {
    Tensor empty = t(Shape.of(2, 0));
    assertThat(floats(new Reduce(ReduceKind.SUM, List.of(1), false), empty)).containsExactly(0, 0);
    assertThat(floats(new Reduce(ReduceKind.PROD, List.of(1), false), empty)).containsOnly(1);
    assertThat(floats(new Reduce(ReduceKind.MAX, List.of(1), false), empty)).containsOnly(-INF);
    assertThat(floats(new Reduce(ReduceKind.MEAN, List.of(1), false), empty))
        .containsOnly(Double.NaN);
    Tensor ints = Tensor.of(TensorType.of(DType.I8, 0), new long[0]);
    assertThat(floats(new Reduce(ReduceKind.MIN, List.of(0), false), ints)).containsExactly(127);
    Tensor bools = Tensor.of(TensorType.of(DType.BOOL, 0), new long[0]);
    assertThat(floats(new Reduce(ReduceKind.MIN, List.of(0), false), bools)).containsExactly(1);
  }

  @Test
  void maximumPropagatesNan() {
    Tensor x = t(Shape.of(3), 1, Double.NaN, 3);
    assertThat(floats(new Reduce(ReduceKind.MAX, List.of(0), false), x))
        .containsExactly(Double.NaN);
  }

  @Test
  void integerMeansTruncateAfterAWideSum() {
    Tensor x = Tensor.of(TensorType.of(DType.I8, 4), new long[] {127, 127, 127, 126});
    assertThat(floats(new Reduce(ReduceKind.MEAN, List.of(0), false), x)).containsExactly(126);
    Tensor n = Tensor.ofLongs(Shape.of(2), -3, -4);
    assertThat(floats(new Reduce(ReduceKind.MEAN, List.of(0), false), n)).containsExactly(-3);
    assertThat(floats(new Reduce(ReduceKind.SUM, List.of(0), false), x)).containsExactly(-5);
  }

  @Test
  void equalElementsAreTakenFromTheEndThatIsAsked() {
    Tensor x = t(Shape.of(1, 4), 1, 3, 3, 0);
    assertThat(floats(new ArgReduce(true, 1, false, false), x)).containsExactly(1);
    assertThat(floats(new ArgReduce(true, 1, false, true), x)).containsExactly(2);
    assertThat(floats(new ArgReduce(false, 1, false, false), x)).containsExactly(3);
  }

  @Test
  void runningSums() {
    Tensor x = t(Shape.of(3), 1, 2, 3);
    assertThat(floats(new CumSum(0, false, false), x)).containsExactly(1, 3, 6);
    assertThat(floats(new CumSum(0, true, false), x)).containsExactly(0, 1, 3);
    assertThat(floats(new CumSum(0, false, true), x)).containsExactly(6, 5, 3);
    assertThat(floats(new CumSum(0, true, true), x)).containsExactly(5, 3, 0);
    Tensor ints = Tensor.of(TensorType.of(DType.I8, 2), new long[] {100, 100});
    assertThat(floats(new CumSum(0, false, false), ints)).containsExactly(100, -56);
  }

  @Test
  void poolsClipTheirWindows() {
    Tensor x = t(Shape.of(1, 1, 5), -1, -2, -3, -4, -5);
    Pool max = new Pool(PoolKind.MAX, l(3), l(2), l(1), l(1), l(1), false, false);
    assertThat(floats(max, x)).containsExactly(-1, -2, -4);
    Pool mean = new Pool(PoolKind.AVERAGE, l(3), l(2), l(1), l(1), l(1), false, false);
    assertThat(floats(mean, x)).containsExactly(-1.5, -3, -4.5);
    Pool counted = new Pool(PoolKind.AVERAGE, l(3), l(2), l(1), l(1), l(1), true, false);
    assertThat(floats(counted, x)).containsExactly(-1, -3, -3);
    Pool dilated = new Pool(PoolKind.MAX, l(2), l(1), l(0), l(0), l(3), false, false);
    assertThat(floats(dilated, x)).containsExactly(-1, -2);
  }

  @Test
  void ceilModeAddsAWindowThatBeginsInside() {
    Tensor x = t(Shape.of(1, 1, 4), 1, 2, 3, 4);
    Pool max = new Pool(PoolKind.MAX, l(3), l(2), l(0), l(0), l(1), false, true);
    assertThat(floats(max, x)).containsExactly(3, 4);
    Pool counted = new Pool(PoolKind.AVERAGE, l(3), l(2), l(0), l(0), l(1), true, true);
    assertThat(floats(counted, x)).containsExactly(2, 3.5);
    Pool onlyPad = new Pool(PoolKind.MAX, l(1), l(2), l(0), l(1), l(1), false, true);
    assertThat(floats(onlyPad, t(Shape.of(1, 1, 2), 1, 2))).containsExactly(1);
  }

  @Test
  void softmaxSurvivesLargeNumbers() {
    Tensor x = t(Shape.of(2, 2), 1000, 1000 + Math.log(3), -INF, 5);
    double[] y = floats(new Softmax(1), x);
    assertThat(y[0]).isCloseTo(0.25, within(1e-12));
    assertThat(y[1]).isCloseTo(0.75, within(1e-12));
    assertThat(y[2]).isZero();
    assertThat(y[3]).isOne();
    double[] columns = floats(new Softmax(0), t(Shape.of(2, 2), 0, 5, 0, 5));
    assertThat(columns).containsOnly(0.5);
    double[] logs = floats(new LogSoftmax(1), t(Shape.of(1, 2), 1000, 0));
    assertThat(logs).containsExactly(0, -1000);
  }

  @Test
  void normalisationsByHand() {
    Tensor x = t(Shape.of(1, 2, 2), 1, 3, 10, 30);
    Tensor two = t(Shape.of(2), 2, 1);
    Tensor one = t(Shape.of(2), 1, 0);
    Tensor variance = t(Shape.of(2), 3, 24);
    assertThat(floats(new BatchNorm(1), x, two, one, t(Shape.of(2), 1, 20), variance))
        .containsExactly(1, 3, -2, 2);
    assertThat(floats(new InstanceNorm(3), x, two, one)[0]).isEqualTo(0);
    assertThat(floats(new InstanceNorm(3), x, two, one)[1]).isEqualTo(2);
    assertThat(floats(new LayerNorm(2, 0), x, two, one)).containsExactly(-1, 1, -1, 1);
    assertThat(floats(new LayerNorm(2, 0), x, one, two)).containsExactly(1, 1, 1, 1);
    Tensor triangle = t(Shape.of(1, 2), 3, 4);
    // The mean of squares is 12.5.
    assertThat(floats(new RmsNorm(1, 3.5, 0), triangle, two)).containsExactly(1.5, 1);
    assertThat(floats(new RmsNorm(1, 0, 16), triangle, two)).containsExactly(1.5, 1);
    Tensor channels = t(Shape.of(1, 4, 1), 1, 2, 3, 4);
    // Of size 2: the channel itself and the next.
    assertThat(floats(new Lrn(2, 2, 1, 0), channels)[0]).isCloseTo(1 / 5.0, within(1e-12));
    assertThat(floats(new Lrn(2, 2, 1, 0), channels)[3]).isCloseTo(4 / 16.0, within(1e-12));
    assertThat(floats(new Lrn(3, 3, 0.5, 2), channels)[1]).isCloseTo(2 / 4.0, within(1e-12));
  }

  @Test
  void attributesThatDoNotFitAreRefused() {
    assertThatThrownBy(() -> new Reduce(ReduceKind.SUM, List.of(1, 0), false))
        .isInstanceOf(ModelException.class);
    assertThatThrownBy(() -> new Softmax(2).infer(List.of(SIX.type())))
        .hasMessage("Softmax: axis 2 of a value of rank 2");
    assertThatThrownBy(() -> new Softmax(-1).infer(List.of(SIX.type())))
        .isInstanceOf(ModelException.class);
    Pool wide = new Pool(PoolKind.MAX, l(4), l(1), l(0), l(0), l(1), false, false);
    assertThatThrownBy(() -> wide.infer(List.of(TensorType.of(DType.F32, 1, 1, 3))))
        .hasMessage("Pool: window of extent 4 does not fit spatial axis 0");
  }
}
