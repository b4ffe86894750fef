package dev.nncc.passes.recognise;

import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.Softmax;
import dev.nncc.passes.Model;
import dev.nncc.passes.RuleTester;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecogniseLogSoftmaxTest {
  private final RuleTester rule = RuleTester.of(new RecogniseLogSoftmax());
  private final Model m = new Model();
  private final Value x = m.input("x", 3, 8);

  private static String along(int axis) {
    return "in x: f64[3,8]\n%0 = LogSoftmax(x) {axis=" + axis + "}\nout %0\n";
  }

  private Value log(Value v) {
    return m.op(ElementwiseKind.LOG, v);
  }

  private Value sum(Value v, int axis) {
    return m.op(new Reduce(ReduceKind.SUM, List.of(axis), true), v);
  }

  private Value exp(Value v) {
    return m.op(ElementwiseKind.EXP, v);
  }

  private Value minus(Value a, Value b) {
    return m.op(ElementwiseKind.SUB, a, b);
  }

  @Test
  void theLogarithmOfASoftmaxAlongEitherAxis() {
    rule.on(m.build(log(m.op(new Softmax(0), x)))).becomes(along(0)).meansTheSame();
  }

  @Test
  void xMinusTheLogarithmOfTheSum() {
    rule.on(m.build(minus(x, log(sum(exp(x), 1))))).becomes(along(1)).meansTheSame();
  }

  @Test
  void xWithoutItsMaximumMinusTheLogarithmOfTheSum() {
    Value shifted = minus(x, m.op(new Reduce(ReduceKind.MAX, List.of(1), true), x));
    rule.on(m.build(minus(shifted, log(sum(exp(shifted), 1))))).becomes(along(1)).meansTheSame();
  }

  @Test
  void aSoftmaxThatOthersReadStays() {
    Value s = m.op(new Softmax(1), x);
    rule.on(m.build(log(s), m.relu(s))).doesNotFire();
  }

  @Test
  void theSumOfAnotherValueIsNone() {
    rule.on(m.build(minus(x, log(sum(exp(m.relu(x)), 1))))).doesNotFire();
  }

  @Test
  void theSumOfAnotherFunctionIsNone() {
    rule.on(m.build(minus(x, log(sum(m.op(ElementwiseKind.SIGMOID, x), 1))))).doesNotFire();
  }

  @Test
  void aMeanInPlaceOfTheSumIsNone() {
    Value mean = m.op(new Reduce(ReduceKind.MEAN, List.of(1), true), exp(x));
    rule.on(m.build(minus(x, log(mean)))).doesNotFire();
  }

  @Test
  void theSumWithoutItsLogarithmIsNone() {
    rule.on(m.build(minus(x, sum(exp(x), 1)))).doesNotFire();
  }

  /** Without kept axes the sums of rows meet columns. */
  @Test
  void aSumThatMeetsOtherElementsIsNone() {
    Value square = m.input("z", 4, 4);
    Value sum = m.op(new Reduce(ReduceKind.SUM, List.of(1), false), exp(square));
    rule.on(m.build(minus(square, log(sum)))).doesNotFire();
  }

  @Test
  void theLogarithmOfAnotherFunctionIsNone() {
    rule.on(m.build(log(m.op(ElementwiseKind.SIGMOID, x)))).doesNotFire();
  }
}
