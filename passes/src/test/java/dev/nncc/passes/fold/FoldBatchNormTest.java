package dev.nncc.passes.fold;

import dev.nncc.graph.Value;
import dev.nncc.graph.op.BatchNorm;
import dev.nncc.graph.op.ConvTranspose;
import dev.nncc.graph.op.MatMul;
import dev.nncc.passes.Model;
import dev.nncc.passes.RuleTester;
import dev.nncc.passes.rewrite.Rule;
import java.util.List;
import org.junit.jupiter.api.Test;

class FoldBatchNormTest {
  private final Model m = new Model();
  private final RuleTester fold = RuleTester.of(FoldRules.all().toArray(new Rule[0]));

  @Test
  void foldsIntoAConvolutionWithoutBias() {
    Value x = m.input("x", 1, 3, 5, 5);
    fold.on(m.build(m.batchNorm(m.conv(x, 6, 3))))
        .becomes(
            """
            in x: f64[1,3,5,5]
            %0 = Conv(x, #f64[6,3,3,3], #f64[6]) {pads=[1, 1, 1, 1]}
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void foldsIntoAConvolutionWithBias() {
    Value x = m.input("x", 2, 3, 5, 5);
    fold.on(m.build(m.batchNorm(m.convBias(x, 6, 3))))
        .becomes(
            """
            in x: f64[2,3,5,5]
            %0 = Conv(x, #f64[6,3,3,3], #f64[6]) {pads=[1, 1, 1, 1]}
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void foldsIntoAGroupedTransposedConvolution() {
    Value x = m.input("x", 1, 4, 3, 3);
    List<Long> ones = List.of(1L, 1L);
    ConvTranspose op =
        new ConvTranspose(
            List.of(2L, 2L), List.of(0L, 0L), List.of(0L, 0L), ones, List.of(0L, 0L), 2);
    fold.on(m.build(m.batchNorm(m.op(op, x, m.weight(4, 3, 2, 2)))))
        .becomes(
            """
            in x: f64[1,4,3,3]
            %0 = ConvTranspose(x, #f64[4,3,2,2], #f64[6]) {strides=[2, 2], groups=2}
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void foldsIntoAProduct() {
    Value x = m.input("x", 5, 3);
    fold.on(m.build(m.batchNorm(m.matmul(x, m.weight(3, 6)))))
        .becomes(
            """
            in x: f64[5,3]
            %0 = MatMul(x, #f64[3,6])
            %1 = Add(%0, #f64[6])
            out %1
            """)
        .meansTheSame();
  }

  @Test
  void foldsBehindTheBiasOfATransposedProduct() {
    Value x = m.input("x", 5, 3);
    Value y = m.add(m.op(new MatMul(false, true), x, m.weight(6, 3)), m.weight(6));
    fold.on(m.build(m.batchNorm(y))).meansTheSame();
  }

  @Test
  void leavesScaleAndShiftWhereNothingTakesThem() {
    Value x = m.input("x", 1, 6, 2, 2);
    fold.on(m.build(m.batchNorm(m.relu(x))))
        .becomes(
            """
            in x: f64[1,6,2,2]
            %0 = Relu(x)
            %1 = Mul(%0, #f64[6,1,1])
            %2 = Add(%1, #f64[6,1,1])
            out %2
            """)
        .meansTheSame();
  }

  @Test
  void foldsAScalarScaleAndABias() {
    Value x = m.input("x", 1, 3, 5, 5);
    Value y = m.add(m.mul(m.conv(x, 6, 1), m.scalar(0.5)), m.weight(1, 6, 1, 1));
    fold.on(m.build(y))
        .becomes(
            """
            in x: f64[1,3,5,5]
            %0 = Conv(x, #f64[6,3,1,1], #f64[6]) {strides=[1, 1]}
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void leavesABatchNormWhoseStatisticsAreNotConstant() {
    Value x = m.input("x", 1, 3, 5, 5);
    Value v = m.input("var", 3);
    Value y = m.op(new BatchNorm(1e-5), x, m.weight(3), m.weight(3), m.weight(3), v);
    fold.on(m.build(y)).doesNotFire();
  }

  @Test
  void leavesAConvolutionThatOthersRead() {
    Value c = m.conv(m.input("x", 1, 3, 5, 5), 6, 1);
    fold.on(m.build(m.mul(c, m.weight(6, 1, 1)), m.relu(c))).doesNotFire();
  }

  @Test
  void leavesAConvolutionThatIsAnOutput() {
    Value c = m.conv(m.input("x", 1, 3, 5, 5), 6, 1);
    fold.on(m.build(m.mul(c, m.weight(6, 1, 1)), c)).doesNotFire();
  }

  @Test
  void leavesScalesAlongOtherAxes() {
    Value c = m.conv(m.input("x", 1, 3, 5, 5), 5, 1);
    fold.on(m.build(m.mul(c, m.weight(5)))).doesNotFire();
  }

  @Test
  void leavesScalesThatMakeTheResultLarger() {
    Value c = m.conv(m.input("x", 1, 3, 5, 5), 6, 1);
    fold.on(m.build(m.mul(c, m.weight(1, 1, 6, 1, 1)))).doesNotFire();
  }

  @Test
  void leavesAConvolutionWhoseWeightsAreComputed() {
    Value x = m.input("x", 1, 3, 5, 5);
    Value c = m.op(Model.convOp(x, 1), x, m.input("w", 6, 3, 1, 1));
    fold.on(m.build(m.mul(c, m.weight(6, 1, 1)))).doesNotFire();
  }
}
