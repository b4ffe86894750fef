package dev.nncc.passes.simplify;

import static dev.nncc.passes.RuleTester.of;

import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Slice;
import dev.nncc.passes.Model;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

class ComputeIterationsAtOnceTest {
  private final Model m = new Model();
  private final Value x = m.input("x", 3, 8);

  /** Squared distances of the rows of x from another row. */
  private Value distances(Value row) {
    Value d = m.op(ElementwiseKind.SUB, x, row);
    Value sum = m.op(new Reduce(ReduceKind.SUM, List.of(1), false), m.mul(d, d));
    return m.op(new Reshape(Shape.of(1, 3)), sum);
  }

  private Value all(int count, int axis, IntFunction<Value> iteration) {
    List<Value> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      parts.add(iteration.apply(i));
    }
    return m.op(new Concat(axis), parts.toArray(new Value[0]));
  }

  private Value row(Value v, long i) {
    return m.op(new Slice(List.of(i, 0L), List.of(1L, 8L), List.of(1L, 1L)), v);
  }

  @Test
  void measuresDistancesFromAllConstantsAtOnce() {
    of(new ComputeIterationsAtOnce())
        .on(m.build(all(5, 0, i -> distances(m.weight(8)))))
        .becomes(
            """
            in x: f64[3,8]
            %0 = Reshape(#f64[5,8]) {shape=[5, 1, 8]}
            %1 = Sub(x, %0)
            %2 = Mul(%1, %1)
            %3 = Reduce(%2) {kind=sum, axes=[2]}
            %4 = Reshape(%3) {shape=[5, 1, 3]}
            %5 = Reshape(%4) {shape=[5, 3]}
            out %5
            """)
        .meansTheSame();
  }

  @Test
  void measuresDistancesFromAllRowsAtOnce() {
    Value z = m.input("z", 6, 8);
    of(new ComputeIterationsAtOnce(), new MergeReshapes())
        .on(m.build(all(4, 0, i -> distances(row(z, i + 1)))))
        .becomes(
            """
            in x: f64[3,8]
            in z: f64[6,8]
            %0 = Slice(z) {starts=[1, 0], sizes=[4, 8]}
            %1 = Reshape(%0) {shape=[4, 1, 8]}
            %2 = Sub(x, %1)
            %3 = Mul(%2, %2)
            %4 = Reduce(%3) {kind=sum, axes=[2]}
            %5 = Reshape(%4) {shape=[4, 3]}
            out %5
            """)
        .meansTheSame();
  }

  @Test
  void joinsAlongLaterAxes() {
    Value z = m.input("z", 6, 8);
    of(new ComputeIterationsAtOnce())
        .on(m.build(all(4, 1, i -> m.mul(x, row(z, i)))))
        .meansTheSame();
  }

  @Test
  void keepsRowsInAnotherOrder() {
    Value z = m.input("z", 6, 8);
    of(new ComputeIterationsAtOnce())
        .on(m.build(all(4, 0, i -> distances(row(z, 4 - i)))))
        .doesNotFire();
  }

  @Test
  void keepsIterationsThatAreComputedInTwoWays() {
    of(new ComputeIterationsAtOnce())
        .on(m.build(all(4, 0, i -> i == 2 ? m.relu(x) : m.add(x, m.weight(8)))))
        .doesNotFire();
  }

  @Test
  void keepsPartsThatOthersRead() {
    Value other = distances(m.weight(8));
    Value y = all(4, 0, i -> i == 0 ? other : distances(m.weight(8)));
    of(new ComputeIterationsAtOnce()).on(m.build(y, m.relu(other))).doesNotFire();
  }

  @Test
  void keepsWhatContractionsMake() {
    of(new ComputeIterationsAtOnce())
        .on(m.build(all(4, 0, i -> m.relu(m.matmul(x, m.weight(8, 2))))))
        .doesNotFire();
  }
}
