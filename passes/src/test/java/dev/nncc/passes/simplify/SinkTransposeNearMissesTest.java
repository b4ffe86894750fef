package dev.nncc.passes.simplify;

import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.Model;
import dev.nncc.passes.RuleTester;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Products whose rows may and may not be transposed behind them. */
class SinkTransposeNearMissesTest {
  private final Model m = new Model();
  private final Value x = m.input("x", 2, 5, 12);
  private final RuleTester sink = RuleTester.of(new SinkTransposeBelowMatMul());

  private Value transposed(Value v) {
    return m.op(new Transpose(List.of(1, 0, 2)), v);
  }

  private Value product(Value v) {
    return m.matmul(v, m.weight(12, 12));
  }

  @Test
  void rowsOfAFunction() {
    RuleTester.of(new SinkTransposeBelowMatMul(), new MergeMovements(), new DropIdentity())
        .on(m.build(transposed(product(transposed(m.relu(x))))))
        .becomes(
            """
            in x: f64[2,5,12]
            %0 = Relu(x)
            %1 = MatMul(%0, #f64[12,12])
            out %1
            """)
        .meansTheSame();
  }

  @Test
  void rowsThatAnotherProductKeeps() {
    Value rows = transposed(x);
    sink.on(m.build(transposed(product(rows)), m.relu(product(rows)))).doesNotFire();
  }

  @Test
  void rowsThatAFunctionReadsToo() {
    Value rows = transposed(x);
    sink.on(m.build(transposed(product(rows)), m.relu(rows))).doesNotFire();
  }

  @Test
  void rowsThatAreAnOutputToo() {
    Value rows = transposed(x);
    sink.on(m.build(transposed(product(rows)), rows)).doesNotFire();
  }

  @Test
  void aTransposeInFrontOfAReshapeThatOthersRead() {
    Value turned = transposed(x);
    Value rows = m.op(new Reshape(Shape.of(10, 12)), turned);
    Value y = m.op(new Reshape(Shape.of(5, 2, 12)), product(rows));
    sink.on(m.build(transposed(y), m.relu(turned))).doesNotFire();
  }

  @Test
  void aProductOfColumns() {
    Value y = m.op(new MatMul(true, false), transposed(x), m.weight(2, 7));
    sink.on(m.build(transposed(y))).doesNotFire();
  }

  @Test
  void aMatrixForEachRow() {
    sink.on(m.build(transposed(m.matmul(transposed(x), m.weight(5, 12, 12))))).doesNotFire();
  }

  @Test
  void aMatrixThatIsNoConstant() {
    Value y = m.matmul(transposed(x), m.input("w", 12, 12));
    sink.on(m.build(transposed(y))).doesNotFire();
  }

  @Test
  void rowsThatAreOnlyReshaped() {
    Value rows = m.op(new Reshape(Shape.of(5, 2, 12)), x);
    sink.on(m.build(transposed(product(rows)))).doesNotFire();
  }

  @Test
  void rowsThatAreOnlyCountedInOne() {
    Value y = product(m.op(new Reshape(Shape.of(10, 12)), x));
    sink.on(m.build(transposed(m.op(new Reshape(Shape.of(2, 5, 12)), y)))).doesNotFire();
  }

  @Test
  void aSumWithAnotherValueInFrontOfTheTranspose() {
    Value sum = m.add(product(transposed(x)), m.input("z", 5, 2, 12));
    sink.on(m.build(transposed(sum))).doesNotFire();
  }

  @Test
  void noElements() {
    Value none = m.input("none", 2, 0, 12);
    sink.on(m.build(transposed(product(transposed(none))))).doesNotFire();
  }
}
