package dev.nncc.passes.fold;

import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Pad;
import dev.nncc.graph.op.PadMode;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.Resize;
import dev.nncc.graph.op.ResizeCoordinates;
import dev.nncc.graph.op.ResizeMode;
import dev.nncc.graph.op.ResizeRounding;
import dev.nncc.passes.Model;
import dev.nncc.passes.RuleTester;
import java.util.List;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;

/** Channels that nobody needs, beside convolutions with groups and behind what moves pixels. */
class RemoveDeadGroupsTest {
  private static final List<Long> ONES = List.of(1L, 1L);
  private static final List<Long> NONE = List.of(0L, 0L);

  private final Model m = new Model();
  private final Value x = m.input("x", 1, 3, 4, 4);
  private final RuleTester dead = RuleTester.of(new RemoveDeadChannels(), new RemoveDeadGroups());

  /** Ones and more, but for zeros at some indices along an axis. */
  private Value weight(int axis, IntPredicate zero, long... extents) {
    return m.constant(
        Shape.of(extents),
        i -> zero.test((int) (i / Shape.of(extents).strides()[axis] % extents[axis])) ? 0 : 1 + i);
  }

  private Value point(Value v, Value w) {
    return m.op(new Conv(ONES, NONE, NONE, ONES, 1), v, w);
  }

  private Value point(Value v, long channels) {
    return point(v, m.weight(channels, v.type().dim(1), 1, 1));
  }

  private Value grouped(Value v, Value w, int groups) {
    return m.op(new Conv(ONES, ONES, ONES, ONES, groups), v, w);
  }

  @Test
  void eachGroupLosesAnInputThatItDoesNotRead() {
    Value w = weight(1, i -> i == 1, 6, 5, 3, 3);
    dead.on(m.build(grouped(m.relu(point(x, 10)), w, 2)))
        .becomes(
            """
            in x: f64[1,3,4,4]
            %0 = Conv(x, #f64[8,3,1,1]) {strides=[1, 1]}
            %1 = Relu(%0)
            %2 = Conv(%1, #f64[6,4,3,3]) {pads=[1, 1, 1, 1], groups=2}
            out %2
            """)
        .meansTheSame();
  }

  @Test
  void eachGroupLosesAnOutputThatNobodyReads() {
    Value y = grouped(m.input("z", 1, 6, 4, 4), m.weight(10, 3, 3, 3), 2);
    dead.on(m.build(point(m.relu(y), weight(1, i -> i == 0 || i == 8, 5, 10, 1, 1))))
        .becomes(
            """
            in x: f64[1,3,4,4]
            in z: f64[1,6,4,4]
            %0 = Conv(z, #f64[8,3,3,3]) {pads=[1, 1, 1, 1], groups=2}
            %1 = Relu(%0)
            %2 = Conv(%1, #f64[5,8,1,1]) {strides=[1, 1]}
            out %2
            """)
        .meansTheSame();
  }

  @Test
  void keepsWhatOneGroupCouldLose() {
    Value y = grouped(m.input("z", 1, 6, 4, 4), m.weight(10, 3, 3, 3), 2);
    dead.on(m.build(point(y, weight(1, i -> i < 3, 5, 10, 1, 1)))).doesNotFire();
  }

  @Test
  void keepsBlocksOfSixteen() {
    Value y = grouped(m.input("z", 1, 4, 4, 4), m.weight(32, 2, 3, 3), 2);
    Value z = point(y, weight(1, i -> i == 0 || i == 20, 5, 32, 1, 1));
    dead.on(m.build(z)).doesNotFire();
  }

  @Test
  void groupsOfDifferentSizesKeepTheirChannels() {
    Value y = grouped(m.input("z", 1, 6, 4, 4), m.weight(12, 3, 1, 1), 2);
    dead.on(m.build(grouped(y, weight(1, i -> i == 0, 6, 4, 3, 3), 3))).doesNotFire();
  }

  /** The second of three groups. */
  private Value withoutTheSecond(Value v) {
    Value y = grouped(v, m.weight(15, 2, 3, 3), 3);
    Value biased = m.mul(m.relu(y), m.weight(15, 1, 1));
    return point(biased, weight(1, i -> i / 5 == 1, 5, 15, 1, 1));
  }

  @Test
  void aGroupThatNobodyReadsGoesWithItsInputs() {
    dead.on(m.build(withoutTheSecond(m.relu(point(x, 6)))))
        .becomes(
            """
            in x: f64[1,3,4,4]
            %0 = Conv(x, #f64[4,3,1,1]) {strides=[1, 1]}
            %1 = Relu(%0)
            %2 = Conv(%1, #f64[10,2,3,3]) {pads=[1, 1, 1, 1], groups=2}
            %3 = Relu(%2)
            %4 = Mul(%3, #f64[10,1,1])
            %5 = Conv(%4, #f64[5,10,1,1]) {strides=[1, 1]}
            out %5
            """)
        .meansTheSame();
  }

  /** Of four groups those are read that are not dead. */
  private Value fourGroups(long inputs, long outputs, int dead) {
    Value y = grouped(point(x, inputs), m.weight(outputs, inputs / 4, 3, 3), 4);
    return point(y, weight(1, i -> i < dead * outputs / 4, 5, outputs, 1, 1));
  }

  @Test
  void groupsStayWhereBlocksWouldNotBeFull() {
    dead.on(m.build(fourGroups(8, 32, 1))).doesNotFire();
    Model other = new Model();
    Value z = other.conv(other.input("x", 1, 3, 4, 4), 32, 1);
    Conv four = new Conv(ONES, ONES, ONES, ONES, 4);
    Value y = other.op(four, z, other.weight(8, 8, 3, 3));
    Value w = other.constant(Shape.of(5, 8, 1, 1), i -> i % 8 < 2 ? 0 : 1);
    dead.on(other.build(other.op(Model.convOp(y, 1), y, w))).doesNotFire();
  }

  @Test
  void twoOfFourGroupsLeaveAFullBlock() {
    dead.on(m.build(fourGroups(8, 32, 2)))
        .becomes(
            """
            in x: f64[1,3,4,4]
            %0 = Conv(x, #f64[4,3,1,1]) {strides=[1, 1]}
            %1 = Conv(%0, #f64[16,2,3,3]) {pads=[1, 1, 1, 1], groups=2}
            %2 = Conv(%1, #f64[5,16,1,1]) {strides=[1, 1]}
            out %2
            """)
        .meansTheSame();
  }

  @Test
  void aGroupOfAnInputStays() {
    dead.on(m.build(withoutTheSecond(m.input("z", 1, 6, 4, 4)))).doesNotFire();
  }

  @Test
  void aGroupWhoseInputsOthersReadStays() {
    Value v = m.relu(point(x, 6));
    dead.on(m.build(withoutTheSecond(v), v)).doesNotFire();
  }

  @Test
  void oneOfAllGroupsStays() {
    Value y = grouped(point(x, 6), m.weight(15, 2, 3, 3), 3);
    dead.on(m.build(point(y, weight(1, i -> true, 5, 15, 1, 1)))).meansTheSame();
  }

  private Value padded(Value v, double value) {
    List<Long> one = List.of(0L, 0L, 1L, 1L);
    return m.op(new Pad(one, one, PadMode.CONSTANT, value), v);
  }

  private Value pruned() {
    return point(x, weight(0, i -> i == 1, 6, 3, 1, 1));
  }

  @Test
  void zerosInsideABorderOfZeros() {
    dead.on(m.build(point(padded(pruned(), 0), 5)))
        .becomes(
            """
            in x: f64[1,3,4,4]
            %0 = Conv(x, #f64[5,3,1,1]) {strides=[1, 1]}
            %1 = Pad(%0) {before=[0, 0, 1, 1], after=[0, 0, 1, 1]}
            %2 = Conv(%1, #f64[5,5,1,1]) {strides=[1, 1]}
            out %2
            """)
        .meansTheSame();
  }

  @Test
  void zerosInsideAnotherBorderStay() {
    dead.on(m.build(point(padded(pruned(), 2), 5))).doesNotFire();
  }

  @Test
  void zerosBehindAPadOfChannelsStay() {
    List<Long> none = List.of(0L, 0L, 0L, 0L);
    Value v = m.op(new Pad(none, List.of(0L, 1L, 0L, 0L), PadMode.CONSTANT, 0), pruned());
    dead.on(m.build(point(v, 5))).doesNotFire();
  }

  @Test
  void zerosThatAreAveraged() {
    Value v = m.op(new Reduce(ReduceKind.MEAN, List.of(2, 3), true), pruned());
    dead.on(m.build(point(v, 5)))
        .becomes(
            """
            in x: f64[1,3,4,4]
            %0 = Conv(x, #f64[5,3,1,1]) {strides=[1, 1]}
            %1 = Reduce(%0) {kind=mean, axes=[2, 3], keepDims=true}
            %2 = Conv(%1, #f64[5,5,1,1]) {strides=[1, 1]}
            out %2
            """)
        .meansTheSame();
  }

  @Test
  void zerosThatAreAveragedWithOthersStay() {
    Value v = m.op(new Reduce(ReduceKind.MEAN, List.of(1), true), pruned());
    dead.on(m.build(m.conv(v, 5, 1))).doesNotFire();
  }

  private Value resized(Value v, long channels, double scale) {
    List<Double> scales = List.of(1.0, scale, 2.0, 2.0);
    Resize op =
        new Resize(
            ResizeMode.LINEAR,
            List.of(1L, channels, 8L, 8L),
            scales,
            ResizeCoordinates.HALF_PIXEL,
            ResizeRounding.ROUND_PREFER_FLOOR,
            0,
            false);
    return m.op(op, v);
  }

  @Test
  void zerosBetweenLargerPictures() {
    dead.on(m.build(point(resized(pruned(), 6, 1), 5))).meansTheSame();
  }

  @Test
  void zerosThatAreMixedWithOthersStay() {
    dead.on(m.build(point(resized(pruned(), 12, 2), 5))).doesNotFire();
    dead.on(m.build(point(resized(pruned(), 6, 1.5), 5))).doesNotFire();
  }

  @Test
  void zerosThatAFunctionOfTwoLeavesAlone() {
    Value v = m.op(ElementwiseKind.MAX, pruned(), m.filled(-1, 6, 1, 1));
    dead.on(m.build(point(m.mul(v, m.filled(2, 1, 1, 1)), 5)))
        .becomes(
            """
            in x: f64[1,3,4,4]
            %0 = Conv(x, #f64[5,3,1,1]) {strides=[1, 1]}
            %1 = Max(%0, #f64[5,1,1])
            %2 = Mul(%1, [2.0])
            %3 = Conv(%2, #f64[5,5,1,1]) {strides=[1, 1]}
            out %3
            """)
        .meansTheSame();
  }

  @Test
  void zerosThatAFunctionOfTwoMovesStay() {
    Value v = m.op(ElementwiseKind.MAX, pruned(), m.filled(1, 6, 1, 1));
    dead.on(m.build(point(v, 5))).doesNotFire();
  }

  @Test
  void zerosInFrontOfAComputedBiasOfEachChannel() {
    Conv each = new Conv(ONES, NONE, NONE, ONES, 6);
    Value v = m.op(each, pruned(), m.weight(6, 1, 1, 1), m.input("bias", 6));
    dead.on(m.build(point(v, 5))).doesNotFire();
  }

  @Test
  void columnsThatBecomeRowsStay() {
    Model rows = new Model();
    Value w = rows.constant(Shape.of(3, 6), i -> i % 6 == 0 ? 0 : 1);
    Value y = rows.matmul(rows.input("x", 6, 3), w);
    Value turned = rows.op(new MatMul(true, false), y, rows.weight(6, 4));
    dead.on(rows.build(turned)).doesNotFire();
  }
}
