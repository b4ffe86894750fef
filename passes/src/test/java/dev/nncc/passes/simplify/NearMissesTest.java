package dev.nncc.passes.simplify;

import static dev.nncc.passes.RuleTester.of;

import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Resize;
import dev.nncc.graph.op.ResizeCoordinates;
import dev.nncc.graph.op.ResizeMode;
import dev.nncc.graph.op.ResizeRounding;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.Model;
import dev.nncc.passes.RuleTester;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Graphs that look like those of a rule and are none: one test for each condition. */
class NearMissesTest {
  private final Model m = new Model();
  private final Value x = m.input("x", 2, 3);

  private Value f(ElementwiseKind kind, Value... operands) {
    return m.op(kind, operands);
  }

  private Value resized(
      Value v,
      List<Long> sizes,
      List<Double> scales,
      ResizeCoordinates coordinates,
      ResizeRounding rounding) {
    return m.op(
        new Resize(ResizeMode.NEAREST, sizes, scales, coordinates, rounding, -0.75, false), v);
  }

  private Value rows(Value v) {
    return resized(
        v,
        List.of(1L, 1L, 6L, 4L),
        List.of(1.0, 1.0, 2.0, 1.0),
        ResizeCoordinates.ASYMMETRIC,
        ResizeRounding.FLOOR);
  }

  private Value columns(Value v, ResizeCoordinates coordinates, ResizeRounding rounding) {
    return resized(v, List.of(1L, 1L, 6L, 8L), List.of(1.0, 1.0, 1.0, 2.0), coordinates, rounding);
  }

  @Test
  void resizesByOtherCoordinatesStayApart() {
    Value v = rows(m.input("image", 1, 1, 3, 4));
    of(new MergeResizes())
        .on(m.build(columns(v, ResizeCoordinates.HALF_PIXEL, ResizeRounding.FLOOR)))
        .doesNotFire();
  }

  @Test
  void resizesThatRoundOtherwiseStayApart() {
    Value v = rows(m.input("image", 1, 1, 3, 4));
    of(new MergeResizes())
        .on(m.build(columns(v, ResizeCoordinates.ASYMMETRIC, ResizeRounding.CEIL)))
        .doesNotFire();
  }

  @Test
  void divisionsOfFloatsRoundTwice() {
    Value v = f(ElementwiseKind.DIV, f(ElementwiseKind.DIV, x, m.scalar(3)), m.scalar(5));
    of(new MergeIntegerDivisions()).on(m.build(v)).doesNotFire();
  }

  @Test
  void aScaleFarFromOneStays() {
    Value v = m.mul(m.mul(x, m.scalar(1e30)), m.scalar(0.5));
    of(new MergeScalesAndFractions()).on(m.build(v)).doesNotFire();
  }

  @Test
  void twoSignsHaveNoConstantToMerge() {
    RuleTester both = of(new MergeScalesAndFractions(), new MergeShiftsAndSigns());
    both.on(m.build(f(ElementwiseKind.NEG, f(ElementwiseKind.NEG, x)))).doesNotFire();
  }

  @Test
  void partsThatAreOnlyMovedKeepTheFunctionBehindThem() {
    Value parts = m.op(new Concat(0), x, m.relu(m.input("y", 2, 3)));
    of(new MoveElementwiseBeforeConcat()).on(m.build(m.relu(parts))).doesNotFire();
  }

  private Value joined() {
    return m.op(new Concat(0), m.relu(x), f(ElementwiseKind.EXP, x));
  }

  @Test
  void aConstantOfManyNumbersStaysBehindAConcat() {
    Value y = m.add(joined(), m.weight(4, 3));
    of(new MoveElementwiseBeforeConcat()).on(m.build(y)).doesNotFire();
  }

  @Test
  void aConstantThatHasAnAxisStaysBehindAConcat() {
    Value y = m.add(joined(), m.filled(2, 4, 1));
    of(new MoveElementwiseBeforeConcat()).on(m.build(y)).doesNotFire();
  }

  private Value summed(Value v) {
    return m.op(new Reduce(ReduceKind.SUM, List.of(1), true), m.mul(v, m.add(x, v)));
  }

  @Test
  void threeIterationsAreTooFew() {
    Value three =
        m.op(new Concat(0), summed(m.weight(2, 3)), summed(m.weight(2, 3)), summed(m.weight(2, 3)));
    of(new ComputeIterationsAtOnce()).on(m.build(three)).doesNotFire();
  }

  private Value flattened() {
    Value moved = m.op(new Transpose(List.of(0, 2, 1)), m.input("rows", 2, 3, 4));
    return m.op(new Reshape(Shape.of(2, 12)), moved);
  }

  @Test
  void aTransposeInFrontOfWeightsThatAreComputedStays() {
    Value y = m.op(new MatMul(false, false), flattened(), m.input("w", 12, 5));
    of(new FoldTransposeIntoWeights()).on(m.build(y)).doesNotFire();
  }

  @Test
  void aTransposeOfTheTransposedOperandStays() {
    Value y = m.op(new MatMul(true, false), flattened(), m.weight(2, 5));
    of(new FoldTransposeIntoWeights()).on(m.build(y)).doesNotFire();
  }

  @Test
  void aTransposeInFrontOfSeveralMatricesStays() {
    Value y = m.op(new MatMul(false, false), flattened(), m.weight(3, 12, 5));
    of(new FoldTransposeIntoWeights()).on(m.build(y)).doesNotFire();
  }
}
