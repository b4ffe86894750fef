package dev.nncc.passes.fold;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ConvTranspose;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Reshape;
import dev.nncc.passes.Model;
import dev.nncc.passes.RuleTester;
import dev.nncc.passes.clean.FoldConstants;
import dev.nncc.passes.rewrite.Rule;
import dev.nncc.passes.simplify.MergeConstantOperands;
import dev.nncc.passes.standard.KernelLadder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Scales and shifts in front of weights, behind them, and on the other side of a Concat or Pad. */
class FoldIntoWeightsTest {
  private static final List<Long> ONES = List.of(1L, 1L);
  private static final List<Long> NONE = List.of(0L, 0L);

  private final Model m = new Model();
  private final RuleTester fold = RuleTester.of(rules());

  private static Rule[] rules() {
    List<Rule> rules = new ArrayList<>(FoldRules.all());
    rules.add(new FoldConstants(1 << 20));
    rules.add(new MergeConstantOperands());
    return rules.toArray(new Rule[0]);
  }

  private Value plainConv(Value x, long channels, long kernel, int groups) {
    Conv op = new Conv(ONES, NONE, NONE, ONES, groups);
    return m.op(op, x, m.weight(channels, x.type().dim(1) / groups, kernel, kernel));
  }

  @Test
  void scalesInFrontOfAPaddedConvolution() {
    Value x = m.input("x", 1, 4, 5, 5);
    fold.on(m.build(m.convBias(m.mul(x, m.weight(4, 1, 1)), 6, 3)))
        .becomes(
            """
            in x: f64[1,4,5,5]
            %0 = Conv(x, #f64[6,4,3,3], #f64[6]) {pads=[1, 1, 1, 1]}
            out %0
            """)
        .meansTheSame();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void scalesInFrontOfAGroupedConvolution(int groups) {
    Value x = m.input("x", 1, 4, 5, 5);
    Value scaled = m.mul(x, m.weight(1, 4, 1, 1));
    fold.on(m.build(plainConv(scaled, 8, 2, groups)))
        .becomes(
            String.format(
                """
                in x: f64[1,4,5,5]
                %%0 = Conv(x, #f64[8,%d,2,2]) {strides=[1, 1], groups=%d}
                out %%0
                """,
                4 / groups, groups))
        .meansTheSame();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void scalesInFrontOfATransposedConvolution(int groups) {
    Value x = m.input("x", 1, 4, 3, 3);
    ConvTranspose op = new ConvTranspose(List.of(2L, 2L), ONES, ONES, ONES, NONE, groups);
    fold.on(m.build(m.op(op, m.mul(x, m.weight(4, 1, 1)), m.weight(4, 3, 3, 3))))
        .becomes(
            String.format(
                """
                in x: f64[1,4,3,3]
                %%0 = ConvTranspose(x, #f64[4,3,3,3]) {strides=[2, 2], pads=[1, 1, 1, 1]%s}
                out %%0
                """,
                groups == 1 ? "" : ", groups=2"))
        .meansTheSame();
  }

  @ParameterizedTest
  @CsvSource({"false,false", "false,true", "true,false", "true,true"})
  void scalesBothSidesOfWeights(boolean transposeA, boolean transposeB) {
    Value x = transposeA ? m.input("x", 2, 4, 5) : m.input("x", 2, 5, 4);
    Value in = m.mul(x, transposeA ? m.weight(4, 1) : m.weight(4));
    Value w = transposeB ? m.weight(2, 3, 4) : m.weight(2, 4, 3);
    Value right = m.op(new MatMul(transposeA, transposeB), in, w);
    Graph after = fold.on(m.build(m.mul(right, m.weight(3)))).meansTheSame().graph();
    assertThat(KernelLadder.nodes(after)).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"false,false", "false,true", "true,false", "true,true"})
  void scalesBothSidesOfWeightsOnTheLeft(boolean transposeA, boolean transposeB) {
    Value x = transposeB ? m.input("x", 2, 5, 4) : m.input("x", 2, 4, 5);
    Value in = m.mul(x, transposeB ? m.weight(4) : m.weight(4, 1));
    Value w = transposeA ? m.weight(2, 4, 3) : m.weight(2, 3, 4);
    Value left = m.op(new MatMul(transposeA, transposeB), w, in);
    Graph after = fold.on(m.build(m.mul(left, m.weight(3, 1)))).meansTheSame().graph();
    assertThat(KernelLadder.nodes(after)).isEqualTo(1);
  }

  @Test
  void scalesTheRowsOfWeightsOnTheLeft() {
    Value x = m.input("x", 4, 5);
    Value product = m.matmul(m.weight(6, 4), m.mul(x, m.weight(4, 1)));
    fold.on(m.build(m.mul(product, m.weight(6, 1))))
        .becomes(
            """
            in x: f64[4,5]
            %0 = MatMul(#f64[6,4], x)
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void scalesOnceForAllReaders() {
    Value scaled = m.mul(m.input("x", 1, 4, 5, 5), m.weight(4, 1, 1));
    fold.on(m.build(m.conv(scaled, 3, 1), m.conv(scaled, 2, 3)))
        .becomes(
            """
            in x: f64[1,4,5,5]
            %0 = Conv(x, #f64[3,4,1,1]) {strides=[1, 1]}
            %1 = Conv(x, #f64[2,4,3,3]) {pads=[1, 1, 1, 1]}
            out %0, %1
            """)
        .meansTheSame();
  }

  @Test
  void leavesAScaleThatOthersNeed() {
    Value scaled = m.mul(m.input("x", 1, 4, 5, 5), m.weight(4, 1, 1));
    fold.on(m.build(m.conv(scaled, 3, 1), m.relu(scaled))).doesNotFire();
  }

  @Test
  void leavesAScaleAlongTheRows() {
    Value x = m.input("x", 4, 4);
    fold.on(m.build(m.matmul(m.mul(x, m.weight(4, 1)), m.weight(4, 3)))).doesNotFire();
  }

  @Test
  void leavesAScaleThatMakesTheOperandLarger() {
    Value x = m.input("x", 4);
    fold.on(m.build(m.matmul(m.mul(x, m.weight(2, 4)), m.weight(4, 3)))).doesNotFire();
  }

  @Test
  void shiftsInFrontOfAConvolutionWithoutBorder() {
    Value x = m.input("x", 1, 4, 5, 5);
    fold.on(m.build(plainConv(m.batchNorm(x), 6, 3, 2)))
        .becomes(
            """
            in x: f64[1,4,5,5]
            %0 = Conv(x, #f64[6,2,3,3], #f64[6]) {strides=[1, 1], groups=2}
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void leavesAShiftInFrontOfABorderOfZeros() {
    Value x = m.input("x", 1, 4, 5, 5);
    fold.on(m.build(m.conv(m.add(x, m.weight(4, 1, 1)), 6, 3))).doesNotFire();
  }

  @Test
  void leavesAShiftInFrontOfATransposedConvolution() {
    Value x = m.input("x", 1, 4, 3, 3);
    ConvTranspose op = new ConvTranspose(ONES, NONE, NONE, ONES, NONE, 1);
    Value y = m.op(op, m.add(x, m.weight(4, 1, 1)), m.weight(4, 3, 2, 2));
    fold.on(m.build(y)).doesNotFire();
  }

  @Test
  void shiftsInFrontOfATransposedConvolutionOfPoints() {
    Value x = m.input("x", 1, 4, 3, 3);
    ConvTranspose op = new ConvTranspose(ONES, NONE, NONE, ONES, NONE, 2);
    fold.on(m.build(m.op(op, m.batchNorm(x), m.weight(4, 3, 1, 1), m.weight(6))))
        .becomes(
            """
            in x: f64[1,4,3,3]
            %0 = ConvTranspose(x, #f64[4,3,1,1], #f64[6]) {strides=[1, 1], groups=2}
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void shiftsInFrontOfAProduct() {
    Value x = m.input("x", 5, 4);
    fold.on(m.build(m.add(m.matmul(m.batchNorm(x), m.weight(4, 8)), m.weight(8))))
        .becomes(
            """
            in x: f64[5,4]
            %0 = MatMul(x, #f64[4,8])
            %1 = Add(%0, #f64[8])
            out %1
            """)
        .meansTheSame();
  }

  @Test
  void shiftsInFrontOfAProductWithWeightsOnTheLeft() {
    Value x = m.input("x", 8, 5);
    fold.on(m.build(m.relu(m.matmul(m.weight(6, 8), m.add(x, m.weight(8, 1))))))
        .becomes(
            """
            in x: f64[8,5]
            %0 = MatMul(#f64[6,8], x)
            %1 = Add(%0, #f64[6,1])
            %2 = Relu(%1)
            out %2
            """)
        .meansTheSame();
  }

  @Test
  void leavesAShiftInFrontOfALargerProduct() {
    Value x = m.input("x", 5, 4);
    fold.on(m.build(m.relu(m.matmul(m.add(x, m.weight(4)), m.weight(4, 8))))).doesNotFire();
  }

  @Test
  void foldsThroughTheReshapeInFrontOfAClassifier() {
    Value x = m.relu(m.input("x", 2, 4, 3, 2));
    Value flat = m.op(new Reshape(Shape.of(2, 24)), m.batchNorm(x));
    fold.on(m.build(m.matmul(flat, m.weight(24, 5))))
        .becomes(
            """
            in x: f64[2,4,3,2]
            %0 = Relu(x)
            %1 = Reshape(%0) {shape=[2, 24]}
            %2 = MatMul(%1, #f64[24,5])
            %3 = Add(%2, #f64[5])
            out %3
            """)
        .meansTheSame();
  }

  @Test
  void leavesAScaleThatTheReshapeMixes() {
    Value x = m.relu(m.input("x", 2, 4, 3, 2));
    Value mixed = m.op(new Reshape(Shape.of(4, 12)), m.mul(x, m.weight(4, 1, 1)));
    fold.on(m.build(m.matmul(mixed, m.weight(12, 5)))).doesNotFire();
  }
}
