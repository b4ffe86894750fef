package dev.nncc.passes.fold;

import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.PoolKind;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.passes.Model;
import dev.nncc.passes.RuleTester;
import dev.nncc.passes.rewrite.Rule;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Linear layers behind each other, and averages beside 1x1 convolutions. */
class LayerRulesTest {
  private static final List<Long> ONES = List.of(1L, 1L);
  private static final List<Long> TWOS = List.of(2L, 2L);
  private static final List<Long> NONE = List.of(0L, 0L);

  private final Model m = new Model();
  private final RuleTester layers = RuleTester.of(LayerRules.all().toArray(new Rule[0]));

  private Value average(Value x, long kernel, long stride, long pad, boolean countPad) {
    List<Long> k = List.of(kernel, kernel);
    List<Long> s = List.of(stride, stride);
    List<Long> p = List.of(pad, pad);
    return m.op(new Pool(PoolKind.AVERAGE, k, s, p, p, ONES, countPad, false), x);
  }

  @Test
  void mergesProducts() {
    Value x = m.input("x", 2, 5, 4);
    Value hidden = m.add(m.matmul(x, m.weight(4, 20)), m.weight(20));
    Value y = m.op(new MatMul(false, true), hidden, m.weight(6, 20));
    layers
        .on(m.build(m.add(y, m.weight(6))))
        .becomes(
            """
            in x: f64[2,5,4]
            %0 = MatMul(x, #f64[4,6])
            %1 = Add(%0, #f64[6])
            %2 = Add(%1, #f64[6])
            out %2
            """)
        .meansTheSame();
  }

  @Test
  void mergesProductsOfATransposedOperand() {
    Value x = m.input("x", 4, 5);
    Value hidden = m.op(new MatMul(true, true), x, m.weight(20, 4));
    layers
        .on(m.build(m.matmul(hidden, m.weight(20, 6))))
        .becomes(
            """
            in x: f64[4,5]
            %0 = MatMul(x, #f64[4,6]) {transposeA=true}
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void keepsABottleneck() {
    Value x = m.input("x", 5, 20);
    layers.on(m.build(m.matmul(m.matmul(x, m.weight(20, 4)), m.weight(4, 20)))).doesNotFire();
  }

  @Test
  void keepsProductsWithSomethingBetween() {
    Value x = m.input("x", 5, 4);
    Value h = m.matmul(x, m.weight(4, 20));
    Value other = m.matmul(x, m.weight(4, 21));
    layers
        .on(
            m.build(
                m.matmul(m.relu(h), m.weight(20, 6)),
                m.matmul(m.add(other, m.weight(5, 1)), m.weight(21, 6))))
        .doesNotFire();
  }

  @Test
  void keepsProductsThatOthersRead() {
    Value h = m.matmul(m.input("x", 5, 4), m.weight(4, 20));
    layers.on(m.build(h, m.matmul(h, m.weight(20, 6)))).doesNotFire();
  }

  @Test
  void mergesWithAllThatReadALayer() {
    Value h = m.matmul(m.input("x", 5, 4), m.weight(4, 20));
    layers
        .on(m.build(m.matmul(h, m.weight(20, 6)), m.matmul(h, m.weight(20, 7))))
        .becomes(
            """
            in x: f64[5,4]
            %0 = MatMul(x, #f64[4,6])
            %1 = MatMul(x, #f64[4,7])
            out %0, %1
            """)
        .meansTheSame();
  }

  @Test
  void keepsALayerThatManyRead() {
    Value h = m.matmul(m.input("x", 5, 8), m.weight(8, 4));
    layers.on(m.build(m.matmul(h, m.weight(4, 6)), m.matmul(h, m.weight(4, 7)))).doesNotFire();
  }

  @Test
  void keepsWeightsWhoseProductIsTooMuchWork() {
    Value h = m.matmul(m.input("x", 5, 4), m.weight(4, 20));
    RuleTester.of(new MergeLinearLayers(4 * 20 * 6 - 1))
        .on(m.build(m.matmul(h, m.weight(20, 6))))
        .doesNotFire();
  }

  @Test
  void mergesAPointConvolutionIntoTheOneInFront() {
    Value x = m.input("x", 1, 2, 7, 6);
    Conv strided = new Conv(TWOS, ONES, List.of(0L, 1L), List.of(1L, 2L), 1);
    Value c = m.op(strided, x, m.weight(20, 2, 3, 2), m.weight(20));
    Value y = m.op(new Conv(TWOS, NONE, NONE, ONES, 1), c, m.weight(5, 20, 1, 1), m.weight(5));
    layers
        .on(m.build(m.relu(y)))
        .becomes(
            """
            in x: f64[1,2,7,6]
            %0 = Conv(x, #f64[5,2,3,2], #f64[5]) {strides=[4, 4], pads=[1, 1, 0, 1], \
            dilations=[1, 2]}
            %1 = Relu(%0)
            out %1
            """)
        .meansTheSame();
  }

  @Test
  void mergesTheConvolutionBehindAPointConvolution() {
    Value x = m.input("x", 1, 2, 7, 6);
    Value c = m.conv(x, 20, 1);
    Conv wide = new Conv(TWOS, ONES, ONES, ONES, 1);
    layers
        .on(m.build(m.op(wide, c, m.weight(5, 20, 3, 3), m.weight(5))))
        .becomes(
            """
            in x: f64[1,2,7,6]
            %0 = Conv(x, #f64[5,2,3,3], #f64[5]) {strides=[2, 2], pads=[1, 1, 1, 1]}
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void mergesABiasWhereThereIsNoBorder() {
    Value x = m.input("x", 1, 2, 7, 6);
    Value c = m.convBias(x, 20, 1);
    Conv wide = new Conv(ONES, NONE, NONE, ONES, 1);
    layers
        .on(m.build(m.op(wide, c, m.weight(5, 20, 3, 3))))
        .becomes(
            """
            in x: f64[1,2,7,6]
            %0 = Conv(x, #f64[5,2,3,3], #f64[5]) {strides=[1, 1]}
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void keepsABiasInFrontOfABorder() {
    Value x = m.input("x", 1, 2, 7, 6);
    layers.on(m.build(m.conv(m.convBias(x, 20, 1), 5, 3))).doesNotFire();
  }

  @Test
  void keepsConvolutionsThatTogetherAreMoreWork() {
    Value x = m.input("x", 1, 20, 7, 6);
    Value c = m.conv(x, 4, 1);
    Conv depthwise = new Conv(ONES, ONES, ONES, ONES, 20);
    Value d = m.conv(m.op(depthwise, x, m.weight(20, 1, 3, 3)), 5, 1);
    layers.on(m.build(m.conv(c, 20, 3), d)).doesNotFire();
  }

  @ParameterizedTest
  @CsvSource({"0,false", "1,false", "0,true"})
  void averagesBeforeAConvolution(long pad, boolean countPad) {
    Value x = m.input("x", 1, 4, 6, 6);
    layers
        .on(m.build(m.relu(average(m.convBias(x, 5, 1), 2, 2, pad, countPad))))
        .becomes(
            String.format(
                """
                in x: f64[1,4,6,6]
                %%0 = Pool(x) {kind=average, kernel=[2, 2], strides=[2, 2]%s%s}
                %%1 = Conv(%%0, #f64[5,4,1,1], #f64[5]) {strides=[1, 1]}
                %%2 = Relu(%%1)
                out %%2
                """,
                pad == 0 ? "" : ", pads=[1, 1, 1, 1]", countPad ? ", countPad=true" : ""))
        .meansTheSame();
  }

  @Test
  void averagesAllBeforeAConvolution() {
    Value x = m.input("x", 2, 4, 3, 3);
    Value c = m.convBias(x, 7, 1);
    layers
        .on(m.build(m.op(new Reduce(ReduceKind.MEAN, List.of(2, 3), false), c)))
        .becomes(
            """
            in x: f64[2,4,3,3]
            %0 = Reduce(x) {kind=mean, axes=[2, 3], keepDims=true}
            %1 = Conv(%0, #f64[7,4,1,1], #f64[7]) {strides=[1, 1]}
            %2 = Reshape(%1) {shape=[2, 7]}
            out %2
            """)
        .meansTheSame();
  }

  @Test
  void keepsABiasThatCountedPaddingThinsOut() {
    Value x = m.input("x", 1, 4, 6, 6);
    layers.on(m.build(average(m.convBias(x, 5, 1), 2, 2, 1, true))).doesNotFire();
  }

  @Test
  void averagesBeforeAConvolutionWithoutBiasWhateverThePadding() {
    Value x = m.input("x", 1, 4, 6, 6);
    layers.on(m.build(m.relu(average(m.conv(x, 5, 1), 2, 2, 1, true)))).meansTheSame();
  }

  @Test
  void keepsAverageAndMaximumOfOtherConvolutions() {
    Value x = m.input("x", 1, 4, 6, 6);
    Pool max = new Pool(PoolKind.MAX, TWOS, TWOS, NONE, NONE, ONES, false, false);
    layers
        .on(m.build(average(m.conv(x, 5, 3), 2, 2, 0, false), m.op(max, m.conv(x, 5, 1))))
        .doesNotFire();
  }

  @Test
  void keepsAnAverageOfFewerChannels() {
    Value x = m.input("x", 1, 8, 6, 6);
    layers.on(m.build(average(m.conv(x, 2, 1), 2, 1, 0, false))).doesNotFire();
  }

  @Test
  void convolvesBeforeAnAverageOfManyChannels() {
    Value x = m.input("x", 1, 8, 6, 6);
    layers
        .on(m.build(m.relu(m.convBias(average(x, 3, 1, 1, false), 5, 1))))
        .becomes(
            """
            in x: f64[1,8,6,6]
            %0 = Conv(x, #f64[5,8,1,1], #f64[5]) {strides=[1, 1]}
            %1 = Pool(%0) {kind=average, kernel=[3, 3], pads=[1, 1, 1, 1]}
            %2 = Relu(%1)
            out %2
            """)
        .meansTheSame();
  }

  @Test
  void addsTheBiasBehindAnAverageThatCountsPadding() {
    Value x = m.input("x", 1, 16, 6, 6);
    layers
        .on(m.build(m.convBias(average(x, 3, 1, 1, true), 6, 1)))
        .becomes(
            """
            in x: f64[1,16,6,6]
            %0 = Conv(x, #f64[6,16,1,1]) {strides=[1, 1]}
            %1 = Pool(%0) {kind=average, kernel=[3, 3], pads=[1, 1, 1, 1], countPad=true}
            %2 = Reshape(#f64[6]) {shape=[6, 1, 1]}
            %3 = Add(%1, %2)
            out %3
            """)
        .meansTheSame();
  }

  @Test
  void keepsAnAverageWithStrideInFront() {
    Value x = m.input("x", 1, 8, 6, 6);
    layers.on(m.build(m.conv(average(x, 2, 2, 0, false), 4, 1))).doesNotFire();
  }
}
