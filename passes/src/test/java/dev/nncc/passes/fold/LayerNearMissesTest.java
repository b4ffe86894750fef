package dev.nncc.passes.fold;

import static dev.nncc.passes.RuleTester.of;

import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Pad;
import dev.nncc.graph.op.PadMode;
import dev.nncc.passes.Model;
import dev.nncc.passes.RuleTester;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Layers that look like those of a rule and are none: one test for each condition. */
class LayerNearMissesTest {
  private final Model m = new Model();
  private final Value x = m.input("x", 1, 4, 5, 5);
  private final RuleTester shift = of(new FoldShiftBeforeWeights());
  private final RuleTester pad = of(new MoveAffineBeforePad());
  private final RuleTester dead = of(new RemoveDeadChannels());

  private Value shifted() {
    return m.add(x, m.weight(4, 1, 1));
  }

  @Test
  void aShiftThatIsAnOutputToo() {
    Value v = shifted();
    shift.on(m.build(m.conv(v, 3, 1), m.conv(v, 3, 1), v)).doesNotFire();
  }

  @Test
  void aShiftThatAFunctionReadsToo() {
    Value v = shifted();
    shift.on(m.build(m.conv(v, 3, 1), m.relu(v))).doesNotFire();
  }

  @Test
  void aShiftThatAPaddedConvolutionReadsToo() {
    Value v = shifted();
    shift.on(m.build(m.conv(v, 3, 1), m.conv(v, 3, 3))).doesNotFire();
  }

  private Value padded(Value v) {
    List<Long> one = List.of(0L, 0L, 1L, 1L);
    return m.op(new Pad(one, one, PadMode.CONSTANT, 0), v);
  }

  @Test
  void aScaleBehindThePadOfAnInput() {
    pad.on(m.build(m.mul(padded(x), m.scalar(2)))).doesNotFire();
  }

  @Test
  void aScaleBehindThePadOfAnotherFunction() {
    pad.on(m.build(m.mul(padded(m.relu(x)), m.scalar(2)))).doesNotFire();
  }

  @Test
  void aScaleBehindThePadOfAProductOfTwoValues() {
    pad.on(m.build(m.mul(padded(m.mul(x, m.relu(x))), m.scalar(2)))).doesNotFire();
  }

  @Test
  void aScaleThatMakesTheShapeLarger() {
    Value v = padded(m.conv(x, 4, 1));
    pad.on(m.build(m.mul(v, m.filled(2, 3, 1, 1, 1)))).doesNotFire();
  }

  /** Sums of integers wrap around, those of a padded value do elsewhere. */
  @Test
  void aScaleOfIntegers() {
    Model ints = new Model(DType.I32);
    Value v = ints.mul(ints.input("i", 1, 1, 3, 3), ints.scalar(3));
    List<Long> one = List.of(0L, 0L, 1L, 1L);
    Value p = ints.op(new Pad(one, one, PadMode.CONSTANT, 0), v);
    pad.on(ints.build(ints.mul(p, ints.scalar(2)))).doesNotFire();
  }

  /** Nothing for every second channel. */
  private Value pruned(long... extents) {
    long each = extents[1] * extents[2] * extents[3];
    return m.constant(Shape.of(extents), i -> i / each % 2 == 0 ? 1 + i : 0);
  }

  private Value half() {
    return m.op(Model.convOp(x, 1), x, pruned(32, 4, 1, 1));
  }

  @Test
  void zerosThatAValueIsAddedTo() {
    Value sum = m.add(half(), m.input("z", 1, 32, 5, 5));
    dead.on(m.build(m.conv(sum, 16, 1))).doesNotFire();
  }

  @Test
  void zerosThatBecomeALargerTensor() {
    Value sum = m.mul(half(), m.filled(2, 3, 1, 1, 1));
    dead.on(m.build(m.conv(sum, 16, 1))).doesNotFire();
  }

  private Value grouped(Value v, Value w, int groups) {
    List<Long> ones = List.of(1L, 1L);
    List<Long> zeros = List.of(0L, 0L);
    return m.op(new Conv(ones, zeros, zeros, ones, groups), v, w);
  }

  @Test
  void zerosInFrontOfComputedWeightsOfEachChannel() {
    Value d = grouped(half(), m.input("w", 32, 1, 1, 1), 32);
    dead.on(m.build(m.conv(d, 16, 1))).doesNotFire();
  }

  @Test
  void zerosInFrontOfSeveralFiltersForEachChannel() {
    Value d = grouped(half(), m.weight(64, 1, 1, 1), 32);
    dead.on(m.build(m.conv(d, 16, 1))).doesNotFire();
  }
}
