package dev.nncc.passes.fold;

import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Pad;
import dev.nncc.graph.op.PadMode;
import dev.nncc.passes.Model;
import dev.nncc.passes.RuleTester;
import dev.nncc.passes.clean.FoldConstants;
import dev.nncc.passes.rewrite.Rule;
import dev.nncc.passes.simplify.MergeConstantOperands;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Scales, shifts and signs on their way to weights: through concatenations, borders and chains. */
class FoldThroughOthersTest {
  private final Model m = new Model();
  private final RuleTester fold = RuleTester.of(rules());

  private static Rule[] rules() {
    List<Rule> rules = new ArrayList<>(FoldRules.all());
    rules.add(new FoldConstants(1 << 20));
    rules.add(new MergeConstantOperands());
    return rules.toArray(new Rule[0]);
  }

  @Test
  void scalesPartsOfAConcat() {
    Value x = m.relu(m.input("x", 1, 4, 5, 5));
    Value y = m.input("y", 1, 2, 5, 5);
    Value both = m.op(new Concat(1), y, m.mul(x, m.weight(4, 1, 1)), m.op(ElementwiseKind.NEG, y));
    fold.on(m.build(m.conv(both, 3, 3)))
        .becomes(
            """
            in x: f64[1,4,5,5]
            in y: f64[1,2,5,5]
            %0 = Relu(x)
            %1 = Concat(y, %0, y) {axis=1}
            %2 = Conv(%1, #f64[3,8,3,3]) {pads=[1, 1, 1, 1]}
            out %2
            """)
        .meansTheSame();
  }

  @Test
  void negatesWeights() {
    Value x = m.input("x", 1, 3, 5, 5);
    Value c = m.op(ElementwiseKind.NEG, m.convBias(x, 6, 3));
    Value y = m.input("y", 5, 3);
    Value p = m.op(ElementwiseKind.SUB, m.weight(6), m.matmul(y, m.weight(3, 6)));
    fold.on(m.build(c, p, m.op(ElementwiseKind.SUB, m.weight(1, 6, 1, 1), m.conv(x, 6, 1))))
        .becomes(
            """
            in x: f64[1,3,5,5]
            in y: f64[5,3]
            %0 = Conv(x, #f64[6,3,3,3], #f64[6]) {pads=[1, 1, 1, 1]}
            %1 = MatMul(y, #f64[3,6])
            %2 = Add(%1, #f64[6])
            %3 = Conv(x, #f64[6,3,1,1], #f64[6]) {strides=[1, 1]}
            out %0, %2, %3
            """)
        .meansTheSame();
  }

  @Test
  void leavesTheSignOfWhatOthersRead() {
    Value c = m.conv(m.input("x", 1, 3, 5, 5), 6, 3);
    fold.on(m.build(c, m.op(ElementwiseKind.NEG, c))).doesNotFire();
  }

  @Test
  void mergesChainsOfScalesAndShifts() {
    Value x = m.relu(m.input("x", 1, 6, 2, 2));
    fold.on(m.build(m.relu(m.batchNorm(m.batchNorm(x)))))
        .becomes(
            """
            in x: f64[1,6,2,2]
            %0 = Relu(x)
            %1 = Mul(%0, #f64[6,1,1])
            %2 = Add(%1, #f64[6,1,1])
            %3 = Relu(%2)
            out %3
            """)
        .meansTheSame();
  }

  @Test
  void mergesAScaleOfADifference() {
    Value x = m.relu(m.input("x", 5, 6));
    Value v = m.op(ElementwiseKind.SUB, m.weight(6), m.mul(x, m.weight(6)));
    fold.on(m.build(m.mul(v, m.weight(6))))
        .becomes(
            """
            in x: f64[5,6]
            %0 = Relu(x)
            %1 = Mul(%0, #f64[6])
            %2 = Sub(#f64[6], %1)
            out %2
            """)
        .meansTheSame();
  }

  @Test
  void leavesAScaleBehindAShiftOfSomethingElse() {
    Value x = m.relu(m.input("x", 5, 6));
    fold.on(m.build(m.mul(m.add(x, m.weight(6)), m.weight(6)))).doesNotFire();
  }

  @Test
  void splitsABatchNormOverAConcat() {
    Value x = m.input("x", 1, 3, 5, 5);
    Value all = m.op(new Concat(1), m.conv(x, 5, 1), m.convBias(x, 6, 3), m.weight(1, 7, 5, 5));
    fold.on(m.build(m.batchNorm(all)))
        .becomes(
            """
            in x: f64[1,3,5,5]
            %0 = Conv(x, #f64[5,3,1,1], #f64[5]) {strides=[1, 1]}
            %1 = Conv(x, #f64[6,3,3,3], #f64[6]) {pads=[1, 1, 1, 1]}
            %2 = Concat(%0, %1, #f64[1,7,5,5]) {axis=1}
            out %2
            """)
        .meansTheSame();
  }

  @Test
  void leavesABatchNormBehindAConcatThatNotAllPartsTake() {
    Value x = m.input("x", 1, 3, 5, 5);
    Value all = m.op(new Concat(1), m.conv(x, 2, 1), m.relu(x));
    fold.on(m.build(m.mul(all, m.weight(5, 1, 1)))).doesNotFire();
  }

  @Test
  void leavesAScaleBehindAConcatAlongAnotherAxis() {
    Value x = m.input("x", 1, 3, 5, 5);
    Value all = m.op(new Concat(2), m.conv(x, 2, 1), m.conv(x, 2, 1));
    fold.on(m.build(m.mul(all, m.weight(10, 1)))).doesNotFire();
  }

  @Test
  void scalesBeforeABorderOfZeros() {
    Value x = m.input("x", 1, 3, 5, 5);
    Pad pad = new Pad(List.of(0L, 0L, 1L, 0L), List.of(0L, 0L, 0L, 2L), PadMode.CONSTANT, 0);
    Value v = m.mul(m.op(pad, m.conv(x, 5, 1)), m.weight(5, 1, 1));
    fold.on(m.build(m.add(v, m.scalar(3))))
        .becomes(
            """
            in x: f64[1,3,5,5]
            %0 = Conv(x, #f64[5,3,1,1], #f64[5]) {strides=[1, 1]}
            %1 = Pad(%0) {before=[0, 0, 1, 0], after=[0, 0, 0, 2], value=3.0}
            out %1
            """)
        .meansTheSame();
  }

  @Test
  void leavesAShiftByChannelBehindAConstantBorder() {
    Value x = m.input("x", 1, 3, 5, 5);
    Pad pad = new Pad(List.of(0L, 0L, 1L, 0L), List.of(0L, 0L, 0L, 2L), PadMode.CONSTANT, 0);
    fold.on(m.build(m.add(m.op(pad, m.conv(x, 5, 1)), m.weight(5, 1, 1)))).doesNotFire();
  }

  @Test
  void normalisesBeforeAReflectedBorder() {
    Value x = m.input("x", 1, 3, 5, 5);
    Pad pad = new Pad(List.of(0L, 0L, 1L, 0L), List.of(0L, 0L, 0L, 2L), PadMode.REFLECT, 0);
    fold.on(m.build(m.batchNorm(m.op(pad, m.conv(x, 5, 1)))))
        .becomes(
            """
            in x: f64[1,3,5,5]
            %0 = Conv(x, #f64[5,3,1,1], #f64[5]) {strides=[1, 1]}
            %1 = Pad(%0) {before=[0, 0, 1, 0], after=[0, 0, 0, 2], mode=reflect}
            out %1
            """)
        .meansTheSame();
  }
}
