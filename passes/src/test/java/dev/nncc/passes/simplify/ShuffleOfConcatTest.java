package dev.nncc.passes.simplify;

import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.Model;
import dev.nncc.passes.RuleTester;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShuffleOfConcatTest {
  private final RuleTester rule = RuleTester.of(new ShuffleOfConcat());
  private final Model m = new Model();

  private Value joined(int axis, Value... parts) {
    return m.op(new Concat(axis), parts);
  }

  private Value shuffled(Value v, List<Integer> perm, long... split) {
    Value s = m.op(new Reshape(Shape.of(split)), v);
    return m.op(new Reshape(v.shape()), m.op(new Transpose(perm), s));
  }

  private static final List<Integer> SWAPPED = List.of(0, 2, 1, 3);

  @Test
  void aShuffleOfTwoPartsIsAConcatenation() {
    Value x = joined(1, m.input("a", 2, 3, 5), m.input("b", 2, 3, 5));
    rule.on(m.build(shuffled(x, SWAPPED, 2, 2, 3, 5)))
        .becomes(
            """
            in a: f64[2,3,5]
            in b: f64[2,3,5]
            %0 = Reshape(a) {shape=[2, 3, 1, 5]}
            %1 = Reshape(b) {shape=[2, 3, 1, 5]}
            %2 = Concat(%0, %1) {axis=2}
            %3 = Reshape(%2) {shape=[2, 6, 5]}
            out %3
            """)
        .meansTheSame();
  }

  @Test
  void aShuffleOfThreeParts() {
    Value x = m.input("a", 2, 4, 5);
    Value all = joined(1, x, m.relu(x), m.input("c", 2, 4, 5));
    rule.on(m.build(shuffled(all, SWAPPED, 2, 3, 4, 5))).meansTheSame();
  }

  @Test
  void groupsThatAreNotTheParts() {
    Value x = joined(1, m.input("a", 2, 3, 5), m.input("b", 2, 3, 5));
    rule.on(m.build(shuffled(x, SWAPPED, 2, 3, 2, 5))).doesNotFire();
  }

  @Test
  void partsOfDifferentExtents() {
    Value x = joined(1, m.input("a", 2, 2, 5), m.input("b", 2, 4, 5));
    rule.on(m.build(shuffled(x, SWAPPED, 2, 2, 3, 5))).doesNotFire();
  }

  @Test
  void aTransposeOfOtherAxes() {
    Value x = joined(1, m.input("a", 2, 3, 3), m.input("b", 2, 3, 3));
    rule.on(m.build(shuffled(x, List.of(0, 1, 3, 2), 2, 2, 3, 3))).doesNotFire();
  }

  @Test
  void aConcatenationAlongAnotherAxis() {
    Value x = joined(2, m.input("a", 2, 6, 5), m.input("b", 2, 6, 5));
    rule.on(m.build(shuffled(x, SWAPPED, 2, 2, 3, 10))).doesNotFire();
  }

  @Test
  void aConcatenationThatOthersRead() {
    Value x = joined(1, m.input("a", 2, 3, 5), m.input("b", 2, 3, 5));
    rule.on(m.build(shuffled(x, SWAPPED, 2, 2, 3, 5), m.relu(x))).doesNotFire();
  }

  @Test
  void anotherShapeInTheEnd() {
    Value x = joined(1, m.input("a", 2, 3, 5), m.input("b", 2, 3, 5));
    Value s = m.op(new Transpose(SWAPPED), m.op(new Reshape(Shape.of(2, 2, 3, 5)), x));
    rule.on(m.build(m.op(new Reshape(Shape.of(6, 2, 5)), s))).doesNotFire();
  }
}
