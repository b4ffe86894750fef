package dev.nncc.passes.recognise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.Reshape;
import dev.nncc.passes.Model;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Normalisations over images and rows, as frameworks spell them out. */
class NormalisationsTest {
  private final Model m = new Model();

  private Value f(ElementwiseKind kind, Value... operands) {
    return m.op(kind, operands);
  }

  private Value reduce(ReduceKind kind, Value v, boolean keep, Integer... axes) {
    return m.op(new Reduce(kind, List.of(axes), keep), v);
  }

  private Value reshape(Value v, long... extents) {
    return m.op(new Reshape(Shape.of(extents)), v);
  }

  private Value deviation(Value variance) {
    return f(ElementwiseKind.SQRT, m.add(variance, m.scalar(1e-5)));
  }

  private Value standardised(Value x, Integer... axes) {
    Value d = f(ElementwiseKind.SUB, x, reduce(ReduceKind.MEAN, x, true, axes));
    Value variance = reduce(ReduceKind.MEAN, m.mul(d, d), true, axes);
    return f(ElementwiseKind.DIV, d, deviation(variance));
  }

  @Test
  void instanceNormOfAnImage() {
    Value y = standardised(m.input("x", 2, 6, 4, 5), 2, 3);
    assertThat(Recognised.text(m.build(m.add(m.mul(y, m.weight(1, 6, 1, 1)), m.weight(6, 1, 1)))))
        .isEqualTo(
            """
            in x: f64[2,6,4,5]
            %0 = InstanceNorm(x, #f64[6], #f64[6]) {epsilon=1.0E-5}
            out %0
            """);
  }

  @Test
  void instanceNormOverAFlattenedImageWithTheEpsilonInTheSquare() {
    Value x = m.input("x", 1, 8, 4, 4);
    Value mean = reduce(ReduceKind.MEAN, reshape(x, 1, 8, 1, 16), true, 3);
    Value d = f(ElementwiseKind.SUB, x, mean);
    Value square = reshape(m.mul(d, m.add(d, m.scalar(1e-9))), 1, 8, 1, 16);
    Value y = f(ElementwiseKind.DIV, d, deviation(reduce(ReduceKind.MEAN, square, true, 3)));
    assertThat(Recognised.text(m.build(m.add(m.mul(y, m.weight(1, 8, 1, 1)), m.weight(8, 1, 1)))))
        .isEqualTo(
            """
            in x: f64[1,8,4,4]
            %0 = InstanceNorm(x, #f64[8], #f64[8]) {epsilon=1.0E-5}
            out %0
            """);
  }

  @Test
  void aScaleOfPixelsStaysBehindTheInstanceNorm() {
    Value y = standardised(m.input("x", 2, 3, 4, 5), 2, 3);
    assertThat(Recognised.text(m.build(m.mul(y, m.weight(4, 5))))).contains("Mul(%0, #f64[4,5])");
  }

  @Test
  void groupNormIsAnInstanceNormOfGroups() {
    Value groups = reshape(m.input("x", 2, 6, 4, 5), 2, 3, 2, 4, 5);
    Value y = reshape(standardised(groups, 2, 3, 4), 2, 6, 4, 5);
    assertThat(Recognised.text(m.build(m.mul(y, m.weight(6, 1, 1)))))
        .contains("InstanceNorm")
        .doesNotContain("Reduce");
  }

  @Test
  void layerNormOverChannelsOfAnImage() {
    assertThat(Recognised.text(m.build(standardised(m.input("x", 2, 8, 4, 5), 1))))
        .isEqualTo(
            """
            in x: f64[2,8,4,5]
            %0 = Transpose(x) {perm=[0, 2, 3, 1]}
            %1 = LayerNorm(%0, #f64[8], #f64[8]) {axis=3, epsilon=1.0E-5}
            %2 = Transpose(%1) {perm=[0, 3, 1, 2]}
            out %2
            """);
  }

  private Value mean(Value v) {
    return m.mul(reduce(ReduceKind.SUM, v, false, 1), m.scalar(1.0 / 8));
  }

  /** As Flax has it: sums, and the mean of squares without the square of the mean. */
  private Value flax(boolean sameMean) {
    Value x = m.input("x", 3, 8);
    Value mean = mean(x);
    Value other = sameMean ? mean : mean(m.relu(x));
    Value variance = f(ElementwiseKind.SUB, mean(m.mul(x, x)), m.mul(other, other));
    Value cut = reshape(f(ElementwiseKind.MAX, m.scalar(0), variance), 3, 1);
    Value inverse = f(ElementwiseKind.RECIPROCAL, deviation(cut));
    Value d = f(ElementwiseKind.SUB, x, reshape(mean, 3, 1));
    return m.add(m.mul(d, m.mul(inverse, m.weight(1, 8))), m.weight(1, 8));
  }

  @Test
  void layerNormByMeansOfSquares() {
    assertThat(Recognised.text(m.build(flax(true))))
        .isEqualTo(
            """
            in x: f64[3,8]
            %0 = LayerNorm(x, #f64[8], #f64[8]) {axis=1, epsilon=1.0E-5}
            out %0
            """);
  }

  @Test
  void anotherMeanInTheVarianceIsNoLayerNorm() {
    assertThat(Recognised.text(m.build(flax(false)))).doesNotContain("LayerNorm");
  }

  @Test
  void aMeanOverOtherAxesIsNoLayerNorm() {
    Value x = m.input("x", 4, 4);
    Value d = f(ElementwiseKind.SUB, x, reduce(ReduceKind.MEAN, x, true, 0));
    Value variance = reduce(ReduceKind.MEAN, m.mul(d, d), true, 1);
    assertThat(Recognised.text(m.build(f(ElementwiseKind.DIV, d, deviation(variance)))))
        .doesNotContain("LayerNorm");
  }

  /** Without kept axes, the means of rows would be broadcast along the columns. */
  @Test
  void meansThatMeetOtherRowsAreNoLayerNorm() {
    Value x = m.input("x", 4, 4);
    Value d = f(ElementwiseKind.SUB, x, reduce(ReduceKind.MEAN, x, false, 1));
    Value variance = reduce(ReduceKind.MEAN, m.mul(d, d), false, 1);
    assertThat(Recognised.text(m.build(f(ElementwiseKind.DIV, d, deviation(variance)))))
        .doesNotContain("LayerNorm");
  }

  @Test
  void aSumTimesAnotherNumberIsNoMean() {
    Value y = m.mul(reduce(ReduceKind.SUM, m.input("x", 3, 8), true, 1), m.scalar(0.126));
    assertThat(Recognised.text(m.build(y))).contains("kind=sum");
  }

  private Value exp(Value v) {
    return f(ElementwiseKind.EXP, v);
  }

  @Test
  void softmaxWithoutTheMaximum() {
    Value e = exp(m.input("x", 3, 8));
    Value sum = reduce(ReduceKind.SUM, e, true, 1);
    assertThat(Recognised.text(m.build(m.mul(e, f(ElementwiseKind.RECIPROCAL, sum)))))
        .isEqualTo("in x: f64[3,8]\n%0 = Softmax(x) {axis=1}\nout %0\n");
  }

  @Test
  void softmaxWithReshapesAroundItsSum() {
    Value x = m.input("x", 3, 8);
    Value max = reshape(reduce(ReduceKind.MAX, x, false, 1), 3, 1);
    Value e = exp(f(ElementwiseKind.SUB, x, max));
    Value sum = reshape(reduce(ReduceKind.SUM, e, false, 1), 3, 1);
    assertThat(Recognised.text(m.build(f(ElementwiseKind.DIV, e, sum))))
        .isEqualTo("in x: f64[3,8]\n%0 = Softmax(x) {axis=1}\nout %0\n");
  }

  @Test
  void aSumAlongTheOtherAxisOfASquareIsNoSoftmax() {
    Value e = exp(m.input("x", 4, 4));
    Value sum = reduce(ReduceKind.SUM, e, false, 1);
    assertThat(Recognised.text(m.build(f(ElementwiseKind.DIV, e, sum)))).doesNotContain("Softmax");
  }

  @Test
  void logSoftmaxWithTheMaximum() {
    Value x = m.input("x", 3, 8);
    Value shifted = f(ElementwiseKind.SUB, x, reduce(ReduceKind.MAX, x, true, 1));
    Value sum = reduce(ReduceKind.SUM, exp(shifted), true, 1);
    assertThat(
            Recognised.text(m.build(f(ElementwiseKind.SUB, shifted, f(ElementwiseKind.LOG, sum)))))
        .isEqualTo("in x: f64[3,8]\n%0 = LogSoftmax(x) {axis=1}\nout %0\n");
  }

  @Test
  void logSoftmaxWithoutTheMaximum() {
    Value x = m.input("x", 3, 8);
    Value sum = reduce(ReduceKind.SUM, exp(x), true, 1);
    assertThat(Recognised.text(m.build(f(ElementwiseKind.SUB, x, f(ElementwiseKind.LOG, sum)))))
        .isEqualTo("in x: f64[3,8]\n%0 = LogSoftmax(x) {axis=1}\nout %0\n");
  }

  @Test
  void theLogarithmOfASoftmax() {
    Value e = exp(m.input("x", 3, 8));
    Value y = f(ElementwiseKind.DIV, e, reduce(ReduceKind.SUM, e, true, 1));
    assertThat(Recognised.text(m.build(f(ElementwiseKind.LOG, y))))
        .isEqualTo("in x: f64[3,8]\n%0 = LogSoftmax(x) {axis=1}\nout %0\n");
  }

  private Value squares(ReduceKind kind, Value x) {
    return reduce(kind, m.mul(x, x), true, 1);
  }

  private static String rms(String attributes) {
    return "in x: f64[3,8]\n%0 = RmsNorm(x, #f64[8]) {axis=1, " + attributes + "}\nout %0\n";
  }

  @Test
  void rmsNormWithItsScale() {
    Value x = m.input("x", 3, 8);
    Value inverse = f(ElementwiseKind.RECIPROCAL, deviation(squares(ReduceKind.MEAN, x)));
    assertThat(Recognised.text(m.build(m.mul(m.weight(8), m.mul(x, inverse)))))
        .isEqualTo(rms("epsilon=1.0E-5"));
  }

  @Test
  void euclideanLengthAsPyTorchBoundsIt() {
    Value x = m.input("x", 3, 8);
    Value length = f(ElementwiseKind.SQRT, squares(ReduceKind.SUM, x));
    Value y = f(ElementwiseKind.DIV, x, f(ElementwiseKind.MAX, length, m.scalar(4)));
    assertThat(Recognised.text(m.build(y))).isEqualTo(rms("epsilon=0.0, floor=2.0"));
  }

  @Test
  void euclideanLengthAsTensorFlowBoundsIt() {
    Value x = m.input("x", 3, 8);
    Value square = f(ElementwiseKind.MAX, squares(ReduceKind.SUM, x), m.scalar(4));
    Value y = m.mul(x, f(ElementwiseKind.RECIPROCAL, f(ElementwiseKind.SQRT, square)));
    assertThat(Recognised.text(m.build(y))).isEqualTo(rms("epsilon=0.0, floor=0.5"));
  }

  @Test
  void theLengthOfAnotherValueIsNoRmsNorm() {
    Value x = m.input("x", 3, 8);
    Value y = f(ElementwiseKind.DIV, x, deviation(squares(ReduceKind.MEAN, m.relu(x))));
    assertThat(Recognised.text(m.build(y))).doesNotContain("RmsNorm");
  }

  @Test
  void aLengthAlongFirstAxesIsNoRmsNorm() {
    Value x = m.input("x", 3, 8);
    Value square = reduce(ReduceKind.MEAN, m.mul(x, x), true, 0);
    assertThat(Recognised.text(m.build(f(ElementwiseKind.DIV, x, deviation(square)))))
        .doesNotContain("RmsNorm");
  }
}
