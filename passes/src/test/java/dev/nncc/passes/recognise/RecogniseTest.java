package dev.nncc.passes.recognise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.Slice;
import dev.nncc.passes.Model;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecogniseTest {
  private final Model m = new Model();
  private final Value x = m.input("x", 3, 8);

  private Value f(ElementwiseKind kind, Value... operands) {
    return m.op(kind, operands);
  }

  private Value c(double number) {
    return m.scalar(number);
  }

  private String recognised(Value y) {
    return Recognised.text(m.build(y));
  }

  private static String one(String call) {
    return "in x: f64[3,8]\n%0 = " + call + "\nout %0\n";
  }

  @Test
  void sigmoid() {
    Value e = f(ElementwiseKind.EXP, f(ElementwiseKind.NEG, x));
    assertThat(recognised(f(ElementwiseKind.DIV, c(1), m.add(c(1), e))))
        .isEqualTo(one("Sigmoid(x)"));
  }

  @Test
  void silu() {
    assertThat(recognised(m.mul(x, f(ElementwiseKind.SIGMOID, x)))).isEqualTo(one("Silu(x)"));
  }

  /** As CLIP's {@code quick_gelu} is exported. */
  @Test
  void geluBySigmoid() {
    Value gate = f(ElementwiseKind.SIGMOID, m.mul(x, c(1.702)));
    assertThat(recognised(m.mul(x, gate))).isEqualTo(one("Swish(x) {alpha=1.702}"));
  }

  @Test
  void swishOfANegatedArgument() {
    Value gate = f(ElementwiseKind.SIGMOID, m.mul(c(-0.5), x));
    assertThat(recognised(m.mul(gate, x))).isEqualTo(one("Swish(x) {alpha=-0.5}"));
  }

  @Test
  void aSigmoidOfASquareIsNoSwish() {
    Value gate = f(ElementwiseKind.SIGMOID, m.mul(m.mul(x, x), c(1.702)));
    assertThat(recognised(m.mul(x, gate))).contains("Sigmoid(");
  }

  @Test
  void aScaleByColumnIsNoSwish() {
    Value gate = f(ElementwiseKind.SIGMOID, m.mul(x, m.weight(8)));
    assertThat(recognised(m.mul(x, gate))).contains("Sigmoid(");
  }

  @Test
  void siluOfAnotherValueIsNone() {
    Value z = m.input("z", 3, 8);
    assertThat(recognised(m.mul(z, f(ElementwiseKind.SIGMOID, x)))).contains("Sigmoid");
  }

  @Test
  void mish() {
    Value softplus = f(ElementwiseKind.LOG, m.add(f(ElementwiseKind.EXP, x), c(1)));
    assertThat(recognised(m.mul(x, f(ElementwiseKind.TANH, softplus)))).isEqualTo(one("Mish(x)"));
  }

  @Test
  void theLogarithmOfAnotherSumIsNoSoftplus() {
    Value sum = m.add(f(ElementwiseKind.EXP, x), c(2));
    assertThat(recognised(f(ElementwiseKind.LOG, sum))).contains("Log(").contains("Exp(");
  }

  @Test
  void hardSwishByClipAndDivision() {
    Value clip = m.op(Elementwise.of(ElementwiseKind.CLIP, 0, 6), m.add(x, c(3)));
    assertThat(recognised(f(ElementwiseKind.DIV, m.mul(x, clip), c(6))))
        .isEqualTo(one("HardSwish(x)"));
  }

  @Test
  void hardSwishByHardSigmoid() {
    Value hard = m.op(Elementwise.of(ElementwiseKind.HARD_SIGMOID, 1.0 / 6, 0.5), x);
    assertThat(recognised(m.mul(hard, x))).isEqualTo(one("HardSwish(x)"));
  }

  @Test
  void hardSwishByRelu6WrittenAsMinAndMax() {
    Value low = f(ElementwiseKind.MAX, m.add(x, c(3)), c(0));
    Value clip = f(ElementwiseKind.MIN, c(6), low);
    assertThat(recognised(m.mul(m.mul(clip, c(1.0 / 6)), x))).isEqualTo(one("HardSwish(x)"));
  }

  @Test
  void hardSigmoid() {
    Value clip = m.op(Elementwise.of(ElementwiseKind.CLIP, 0, 6), m.add(x, c(3)));
    assertThat(recognised(f(ElementwiseKind.DIV, clip, c(6))))
        .startsWith("in x: f64[3,8]\n%0 = HardSigmoid(x) {alpha=0.16666666666666666, beta=0.5}");
  }

  private Value line(double scale, double shift) {
    return m.add(m.mul(x, c(scale)), c(shift));
  }

  private Value clip(double min, double max, Value v) {
    return m.op(Elementwise.of(ElementwiseKind.CLIP, min, max), v);
  }

  @Test
  void hardSigmoidAsAClippedLine() {
    assertThat(recognised(clip(0, 1, line(0.25, 0.5))))
        .isEqualTo(one("HardSigmoid(x) {alpha=0.25, beta=0.5}"));
  }

  @Test
  void hardSwishByAClippedLine() {
    assertThat(recognised(m.mul(x, clip(0, 1, line(1.0 / 6, 0.5))))).isEqualTo(one("HardSwish(x)"));
  }

  /** Scale and shift become weights. */
  @Test
  void aClippedLineOfAProductIsNoHardSigmoid() {
    Value y = m.matmul(x, m.weight(8, 8));
    Value line = m.add(m.mul(y, c(0.25)), c(0.5));
    assertThat(recognised(clip(0, 1, line))).contains("Clip");
  }

  @Test
  void aLineClippedElsewhereIsNoHardSigmoid() {
    assertThat(recognised(clip(0, 2, line(0.25, 0.5)))).contains("Clip");
  }

  @Test
  void aLineWithASlopeByColumnIsNoHardSigmoid() {
    assertThat(recognised(clip(0, 1, m.add(m.mul(x, m.weight(8)), c(0.5))))).contains("Clip");
  }

  @Test
  void aLineThatOthersReadIsNoHardSigmoid() {
    Value line = line(0.25, 0.5);
    assertThat(recognised(m.mul(clip(0, 1, line), line))).contains("Clip");
  }

  @Test
  void aLineWhoseProductOthersReadIsNoHardSigmoid() {
    Value product = m.mul(x, c(0.25));
    Value line = m.add(product, c(0.5));
    assertThat(Recognised.text(m.build(clip(0, 1, line), product))).contains("Clip");
  }

  @Test
  void aClippedLineOfAProductThatOthersReadIsAHardSigmoid() {
    Value y = m.matmul(x, m.weight(8, 8));
    Value line = m.add(m.mul(y, c(0.25)), c(0.5));
    assertThat(Recognised.text(m.build(clip(0, 1, line), y))).contains("HardSigmoid(%0)");
  }

  @Test
  void aClippedLineOfANormalisationThatOthersReadIsAHardSigmoid() {
    Value y = m.batchNorm(x);
    Value line = m.add(m.mul(y, c(0.25)), c(0.5));
    assertThat(Recognised.text(m.build(clip(0, 1, line), y))).contains("HardSigmoid(%0)");
  }

  @Test
  void aClippedLineOfANormalisationIsNoHardSigmoid() {
    Value line = m.add(m.mul(m.batchNorm(x), c(0.25)), c(0.5));
    assertThat(recognised(clip(0, 1, line))).contains("Clip");
  }

  private Value sixth(Value clip) {
    return m.mul(clip, c(1.0 / 6));
  }

  @Test
  void aClipThatOthersReadIsNoHardSigmoid() {
    Value clip = clip(0, 6, m.add(x, c(3)));
    assertThat(Recognised.text(m.build(sixth(clip), clip))).doesNotContain("HardSigmoid");
  }

  @Test
  void aClipFromBelowZeroIsNoHardSigmoid() {
    assertThat(recognised(sixth(clip(-1, 6, m.add(x, c(3)))))).contains("Clip");
  }

  @Test
  void aClipThatDoesNotEndAtOneIsNoHardSigmoid() {
    assertThat(recognised(m.mul(clip(0, 6, m.add(x, c(3))), c(0.2)))).contains("Clip");
  }

  @Test
  void aClippedSumWithNumbersByColumnIsNoHardSigmoid() {
    assertThat(recognised(sixth(clip(0, 6, m.add(x, m.weight(8)))))).contains("Clip");
  }

  @Test
  void aClipWithOtherBoundsIsNoHardSwish() {
    Value clip = m.op(Elementwise.of(ElementwiseKind.CLIP, 0, 5), m.add(x, c(3)));
    assertThat(recognised(f(ElementwiseKind.DIV, m.mul(x, clip), c(6)))).contains("Clip");
  }

  @Test
  void geluByErfAsPyTorchWritesIt() {
    Value erf = f(ElementwiseKind.ERF, f(ElementwiseKind.DIV, x, c(Math.sqrt(2))));
    assertThat(recognised(m.mul(m.mul(x, m.add(erf, c(1))), c(0.5)))).isEqualTo(one("Gelu(x)"));
  }

  @Test
  void geluByErfWithTheHalfInFront() {
    Value erf = f(ElementwiseKind.ERF, m.mul(x, c(Math.sqrt(0.5))));
    assertThat(recognised(m.mul(m.mul(c(0.5), x), m.add(c(1), erf)))).isEqualTo(one("Gelu(x)"));
  }

  @Test
  void anErfOfAnotherScaleIsNoGelu() {
    Value erf = f(ElementwiseKind.ERF, x);
    assertThat(recognised(m.mul(m.mul(x, m.add(erf, c(1))), c(0.5)))).contains("Erf");
  }

  @Test
  void geluByTanh() {
    Value cube = m.mul(f(ElementwiseKind.POW, x, c(3)), c(0.044715));
    Value tanh = f(ElementwiseKind.TANH, m.mul(m.add(x, cube), c(Math.sqrt(2 / Math.PI))));
    assertThat(recognised(m.mul(m.mul(x, c(0.5)), m.add(tanh, c(1)))))
        .isEqualTo(one("GeluTanh(x)"));
  }

  @Test
  void geluByTanhWithTheFactorTakenOut() {
    Value square = m.mul(m.mul(x, c(0.044715)), x);
    Value inner = m.mul(m.mul(x, c(Math.sqrt(2 / Math.PI))), m.add(square, c(1)));
    Value tanh = f(ElementwiseKind.TANH, inner);
    assertThat(recognised(m.mul(c(0.5), m.mul(x, m.add(tanh, c(1))))))
        .isEqualTo(one("GeluTanh(x)"));
  }

  private Value reduce(ReduceKind kind, Value v, boolean keep) {
    return m.op(new Reduce(kind, List.of(1), keep), v);
  }

  @Test
  void softmax() {
    Value e = f(ElementwiseKind.EXP, f(ElementwiseKind.SUB, x, reduce(ReduceKind.MAX, x, true)));
    assertThat(recognised(f(ElementwiseKind.DIV, e, reduce(ReduceKind.SUM, e, true))))
        .isEqualTo(one("Softmax(x) {axis=1}"));
  }

  private Value normal(boolean pow) {
    Value d = f(ElementwiseKind.SUB, x, reduce(ReduceKind.MEAN, x, true));
    Value square = pow ? f(ElementwiseKind.POW, d, c(2)) : m.mul(d, d);
    Value variance = reduce(ReduceKind.MEAN, square, true);
    Value deviation = f(ElementwiseKind.SQRT, m.add(variance, c(1e-5)));
    return f(ElementwiseKind.DIV, d, deviation);
  }

  @Test
  void layerNormAsPyTorchWritesIt() {
    assertThat(recognised(m.add(m.mul(normal(true), m.weight(8)), m.weight(8))))
        .isEqualTo(one("LayerNorm(x, #f64[8], #f64[8]) {axis=1, epsilon=1.0E-5}"));
  }

  @Test
  void layerNormWithoutScale() {
    assertThat(recognised(normal(false)))
        .isEqualTo(one("LayerNorm(x, #f64[8], #f64[8]) {axis=1, epsilon=1.0E-5}"));
  }

  @Test
  void layerNormAsTensorFlowWritesIt() {
    Value mean = reduce(ReduceKind.MEAN, x, true);
    Value d = f(ElementwiseKind.SUB, x, mean);
    Value variance = reduce(ReduceKind.MEAN, m.mul(d, d), true);
    Value root = f(ElementwiseKind.SQRT, m.add(variance, c(1e-3)));
    Value k = m.mul(f(ElementwiseKind.RECIPROCAL, root), m.weight(8));
    Value rest = f(ElementwiseKind.SUB, m.weight(8), m.mul(mean, k));
    assertThat(recognised(m.add(m.mul(x, k), rest)))
        .isEqualTo(one("LayerNorm(x, #f64[8], #f64[8]) {axis=1, epsilon=0.001}"));
  }

  @Test
  void aScalePerRowStaysBehindTheLayerNorm() {
    assertThat(recognised(m.mul(normal(true), m.weight(3, 1)))).contains("Mul(%0, [");
  }

  private Value half(Value v, long start) {
    return m.op(new Slice(List.of(0L, start), List.of(3L, 4L), List.of(1L, 1L)), v);
  }

  private Value rotary(boolean negated) {
    Value second = half(x, 4);
    Value turned =
        m.op(new Concat(1), negated ? f(ElementwiseKind.NEG, second) : second, half(x, 0));
    Value cos = m.input("cos", 3, 8);
    return m.add(m.mul(x, cos), m.mul(turned, m.weight(3, 8)));
  }

  @Test
  void rotaryEmbeddingsAreComputedInHalves() {
    assertThat(recognised(rotary(true)))
        .isEqualTo(
            """
            in x: f64[3,8]
            in cos: f64[3,8]
            %0 = Slice(x) {starts=[0, 0], sizes=[3, 4]}
            %1 = Slice(x) {starts=[0, 4], sizes=[3, 4]}
            %2 = Slice(cos) {starts=[0, 0], sizes=[3, 4]}
            %3 = Mul(%0, %2)
            %4 = Mul(%1, #f64[3,4])
            %5 = Sub(%3, %4)
            %6 = Slice(cos) {starts=[0, 4], sizes=[3, 4]}
            %7 = Mul(%1, %6)
            %8 = Mul(%0, #f64[3,4])
            %9 = Add(%7, %8)
            %10 = Concat(%5, %9) {axis=1}
            out %10
            """);
  }

  @Test
  void halvesThatAreOnlySwappedAreNoRotation() {
    assertThat(recognised(rotary(false))).contains("Concat(%0, %1)");
  }

  private Value turned(Value first, Value second, int axis) {
    Value turned = m.op(new Concat(axis), f(ElementwiseKind.NEG, first), second);
    return m.add(m.mul(x, m.input("cos", 3, 8)), m.mul(turned, m.input("sin", 3, 8)));
  }

  @Test
  void theSecondHalfTwiceIsNoRotation() {
    assertThat(recognised(turned(half(x, 4), half(x, 4), 1))).contains("Neg(");
  }

  @Test
  void theFirstHalfTwiceIsNoRotation() {
    assertThat(recognised(turned(half(x, 0), half(x, 0), 1))).contains("Neg(");
  }

  @Test
  void halvesOfAnotherValueAreNoRotation() {
    Value z = m.input("z", 3, 8);
    assertThat(recognised(turned(half(z, 4), half(x, 0), 1))).contains("Neg(");
  }

  @Test
  void aLargestElementIsNoMean() {
    Value y = m.mul(reduce(ReduceKind.MAX, x, true), c(1.0 / 8));
    assertThat(recognised(y)).contains("kind=max");
  }
}
