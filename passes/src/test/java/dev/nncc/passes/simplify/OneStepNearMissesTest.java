package dev.nncc.passes.simplify;

import static dev.nncc.passes.RuleTester.of;

import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Tile;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.Model;
import dev.nncc.passes.rewrite.Rule;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Near misses of rules that look at one node or two. */
class OneStepNearMissesTest {
  private final Model m = new Model();
  private final Value x = m.input("x", 2, 3);

  private void stays(Rule rule, Value... outputs) {
    of(rule).on(m.build(outputs)).doesNotFire();
  }

  private Value slice(Value v, long start, long size) {
    return m.op(new Slice(List.of(0L, start), List.of(2L, size), List.of(1L, 1L)), v);
  }

  private Value sum(int axis, boolean keep) {
    return m.op(new Reduce(ReduceKind.SUM, List.of(axis), keep), x);
  }

  @Test
  void aDifferenceThatStartsWithTheConstant() {
    stays(new SubtractionToAddition(), m.op(ElementwiseKind.SUB, m.scalar(2), x));
  }

  @Test
  void aDifferenceOfTwoValues() {
    stays(new SubtractionToAddition(), m.op(ElementwiseKind.SUB, x, m.input("y", 2, 3)));
  }

  /** Unsigned numbers have no negative ones. */
  @Test
  void aDifferenceOfIntegers() {
    Value i = m.input("i", TensorType.of(DType.I64, 2));
    stays(new SubtractionToAddition(), m.op(ElementwiseKind.SUB, i, m.longs(3)));
  }

  @Test
  void boundsThatDifferByColumn() {
    stays(new BoundsToClip(), m.op(ElementwiseKind.MAX, x, m.weight(3)));
  }

  @Test
  void aBoundThatIsNoNumber() {
    stays(new BoundsToClip(), m.op(ElementwiseKind.MIN, x, m.scalar(Double.NaN)));
  }

  @Test
  void aBoundThatMakesTheShapeLarger() {
    stays(new BoundsToClip(), m.op(ElementwiseKind.MAX, x, m.filled(1, 4, 1, 1)));
  }

  @Test
  void aBoundOfIntegers() {
    Value i = m.input("i", TensorType.of(DType.I64, 2));
    stays(new BoundsToClip(), m.op(ElementwiseKind.MAX, i, m.longs(3)));
  }

  @Test
  void aSliceOfAnotherFunction() {
    stays(new MergeSlices(), slice(m.relu(slice(x, 1, 2)), 1, 1));
  }

  @Test
  void aSliceOfNothing() {
    stays(new MergeSlices(), slice(slice(x, 1, 2), 2, 0));
  }

  @Test
  void anAxisOfMoreThanOneIsRepeated() {
    stays(new TileToExpand(), m.op(new Tile(List.of(1L, 2L)), x));
  }

  @Test
  void aSumOfMoreThanOne() {
    stays(new ReduceToReshape(), sum(1, true));
  }

  @Test
  void aReshapeThatDropsNoAxisOfTheSum() {
    stays(new MergeReshapeIntoReduce(), m.op(new Reshape(Shape.of(1, 1, 2)), sum(1, true)));
  }

  @Test
  void aSumThatOthersRead() {
    Value sum = sum(1, true);
    stays(new MergeReshapeIntoReduce(), m.op(new Reshape(Shape.of(2)), sum), m.relu(sum));
  }

  @Test
  void aReshapeOfATranspose() {
    Value t = m.op(new Transpose(List.of(1, 0)), x);
    stays(new MergeReshapes(), m.op(new Reshape(Shape.of(6)), t));
  }

  @Test
  void aTransposeOfAReshape() {
    Value r = m.op(new Reshape(Shape.of(3, 2)), x);
    stays(new MergeTransposes(), m.op(new Transpose(List.of(1, 0)), r));
  }
}
