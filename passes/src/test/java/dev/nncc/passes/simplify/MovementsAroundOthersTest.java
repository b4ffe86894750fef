package dev.nncc.passes.simplify;

import static dev.nncc.passes.RuleTester.of;

import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Softmax;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.Model;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Movements and scales change places with products and elementwise operators. */
class MovementsAroundOthersTest {
  private final Model m = new Model();

  private Value reshape(Value v, long... extents) {
    return m.op(new Reshape(Shape.of(extents)), v);
  }

  private Value transpose(Value v, Integer... perm) {
    return m.op(new Transpose(List.of(perm)), v);
  }

  private static String of46(String... lines) {
    return "in x: f64[4,6]\n" + String.join("\n", lines) + "\n";
  }

  private Value x46() {
    return m.input("x", 4, 6);
  }

  @Test
  void sinksAFlatteningBelowAProduct() {
    Value y = reshape(m.matmul(reshape(m.input("x", 2, 4, 6), 8, 6), m.weight(6, 5)), 2, 4, 5);
    of(new SinkReshapeBelowMatMul(), new MergeReshapes(), new DropIdentity())
        .on(m.build(y))
        .becomes("in x: f64[2,4,6]\n%0 = MatMul(x, #f64[6,5])\nout %0\n")
        .meansTheSame();
  }

  @Test
  void keepsAFlatteningOfTheProductsRows() {
    Value y = m.matmul(reshape(m.input("x", 2, 4, 6), 2, 24), m.weight(24, 5));
    of(new SinkReshapeBelowMatMul()).on(m.build(y)).doesNotFire();
  }

  @Test
  void movesAnActivationInFrontOfAReshape() {
    Value y = m.relu(reshape(m.matmul(x46(), m.weight(6, 5)), 2, 10));
    of(new MoveElementwiseBeforeMovement())
        .on(m.build(y))
        .becomes(
            of46(
                "%0 = MatMul(x, #f64[6,5])",
                "%1 = Relu(%0)", "%2 = Reshape(%1) {shape=[2, 10]}", "out %2"))
        .meansTheSame();
  }

  @Test
  void movesABiasInFrontOfAReshapeThatKeepsTheLastAxis() {
    Value y = m.add(reshape(m.matmul(x46(), m.weight(6, 5)), 2, 2, 5), m.weight(5));
    of(new MoveElementwiseBeforeMovement())
        .on(m.build(y))
        .becomes(
            of46(
                "%0 = MatMul(x, #f64[6,5])",
                "%1 = Add(%0, #f64[5])", "%2 = Reshape(%1) {shape=[2, 2, 5]}", "out %2"))
        .meansTheSame();
  }

  @Test
  void keepsABiasAlongAnAxisThatTheReshapeMakes() {
    Value y = m.add(reshape(m.matmul(x46(), m.weight(6, 5)), 2, 10), m.weight(10));
    of(new MoveElementwiseBeforeMovement()).on(m.build(y)).doesNotFire();
  }

  @Test
  void keepsAnActivationBehindAMovementOfAnInput() {
    of(new MoveElementwiseBeforeMovement()).on(m.build(m.relu(reshape(x46(), 24)))).doesNotFire();
  }

  @Test
  void scalesBehindTheProduct() {
    Value q = m.mul(transpose(x46(), 1, 0), m.scalar(0.5));
    of(new MoveScaleBehindMatMul())
        .on(m.build(m.matmul(q, m.input("z", 4, 5))))
        .becomes(
            """
            in x: f64[4,6]
            in z: f64[4,5]
            %0 = Transpose(x) {perm=[1, 0]}
            %1 = MatMul(%0, z)
            %2 = Mul(%1, 0.5)
            out %2
            """)
        .meansTheSame();
  }

  @Test
  void keepsAScaleThatAKernelInFrontCanTake() {
    Value q = m.mul(m.op(new Softmax(1), x46()), m.scalar(0.5));
    of(new MoveScaleBehindMatMul())
        .on(m.build(m.op(new MatMul(false, false), q, m.input("z", 6, 5))))
        .doesNotFire();
  }
}
