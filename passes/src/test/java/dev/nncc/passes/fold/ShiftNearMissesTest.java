package dev.nncc.passes.fold;

import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ConvTranspose;
import dev.nncc.graph.op.MatMul;
import dev.nncc.passes.Model;
import dev.nncc.passes.RuleTester;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Where a shift in front of weights may and may not move behind them. */
class ShiftNearMissesTest {
  private static final List<Long> ONES = List.of(1L, 1L);
  private static final List<Long> NONE = List.of(0L, 0L);

  private final Model m = new Model();
  private final RuleTester shift = RuleTester.of(new FoldShiftBeforeWeights());

  private Value shifted() {
    return m.add(m.input("x", 1, 4, 5, 5), m.weight(4, 1, 1));
  }

  @Test
  void aShiftThatTwoConvolutionsTakeOver() {
    Value v = shifted();
    shift
        .on(m.build(m.conv(v, 6, 1), m.conv(v, 5, 1)))
        .becomes(
            """
            in x: f64[1,4,5,5]
            %0 = Conv(x, #f64[6,4,1,1], #f64[6]) {strides=[1, 1]}
            %1 = Conv(x, #f64[5,4,1,1], #f64[5]) {strides=[1, 1]}
            out %0, %1
            """)
        .meansTheSame();
  }

  @Test
  void aShiftThatAnotherProductSumsOverTheOtherAxis() {
    Value v = m.add(m.input("x", 4, 4), m.weight(4));
    Value turned = m.op(new MatMul(true, false), v, m.weight(4, 3));
    shift.on(m.build(m.matmul(v, m.weight(4, 3)), turned)).doesNotFire();
  }

  private void doesNotFire(List<Long> padsBegin, List<Long> padsEnd) {
    Conv conv = new Conv(ONES, padsBegin, padsEnd, ONES, 1);
    shift.on(m.build(m.op(conv, shifted(), m.weight(3, 4, 2, 2)))).doesNotFire();
  }

  @Test
  void aBorderAtTheEnd() {
    doesNotFire(NONE, ONES);
  }

  @Test
  void aBorderAlongOneAxis() {
    doesNotFire(List.of(0L, 1L), NONE);
  }

  private Value transposed(
      List<Long> strides, List<Long> pads, List<Long> dilations, List<Long> more, long kernel) {
    ConvTranspose op = new ConvTranspose(strides, pads, pads, dilations, more, 1);
    return m.op(op, shifted(), m.weight(4, 5, kernel, kernel));
  }

  @Test
  void aTransposedConvolutionOfOneTapThatCutsPixelsOff() {
    shift
        .on(m.build(transposed(ONES, ONES, ONES, NONE, 1)))
        .becomes(
            """
            in x: f64[1,4,5,5]
            %0 = ConvTranspose(x, #f64[4,5,1,1], #f64[5]) {pads=[1, 1, 1, 1]}
            out %0
            """)
        .meansTheSame();
  }

  @Test
  void aTransposedConvolutionThatSpreadsPixelsAlongOneAxis() {
    shift.on(m.build(transposed(List.of(1L, 2L), NONE, ONES, NONE, 1))).doesNotFire();
  }

  @Test
  void aTransposedConvolutionOfSeveralTaps() {
    shift.on(m.build(transposed(ONES, NONE, ONES, NONE, 2))).doesNotFire();
  }

  @Test
  void aTransposedConvolutionThatAppendsPixels() {
    shift.on(m.build(transposed(ONES, NONE, List.of(2L, 2L), ONES, 1))).doesNotFire();
  }

  private Value product(long columns) {
    return m.matmul(m.add(m.input("x", 2, 5), m.weight(5)), m.weight(5, columns));
  }

  @Test
  void aProductAsLargeAsItsOperand() {
    shift
        .on(m.build(product(5)))
        .becomes(
            """
            in x: f64[2,5]
            %0 = MatMul(x, #f64[5,5])
            %1 = Add(%0, #f64[5])
            out %1
            """)
        .meansTheSame();
  }

  @Test
  void aLargerProductThatSomethingIsAddedToAnyway() {
    shift.on(m.build(m.add(product(6), m.weight(6)))).meansTheSame();
  }

  @Test
  void aLargerProduct() {
    shift.on(m.build(product(6))).doesNotFire();
  }

  @Test
  void aLargerProductThatOthersReadBesides() {
    Value y = product(6);
    shift.on(m.build(m.add(y, m.weight(6)), m.relu(y))).doesNotFire();
  }

  @Test
  void aLargerProductThatAnInputIsAddedTo() {
    Value y = product(6);
    shift.on(m.build(m.add(y, m.input("z", 2, 6)))).doesNotFire();
  }

  @Test
  void aLargerProductThatIsMultiplied() {
    shift.on(m.build(m.mul(product(6), m.weight(6)))).doesNotFire();
  }
}
