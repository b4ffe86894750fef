package dev.nncc.graph.bound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.DType;
import dev.nncc.graph.Evaluator;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.ArgReduce;
import dev.nncc.graph.op.Cast;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.random.RandomGraph;
import dev.nncc.graph.random.Shrink;
import dev.nncc.graph.text.GraphPrinter;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ErrorBoundsTest {
  private static final double UNIT = 0x1p-24;

  @Test
  void exactArithmeticIsWithinTheBounds() {
    for (long seed = 0; seed < 2000; seed++) {
      RandomGraph g = RandomGraph.of(seed);
      if (outside(g).isPresent()) {
        RandomGraph small = Shrink.minimal(g, c -> outside(c).isPresent());
        assertThat(outside(small))
            .as("seed " + seed + "\n" + GraphPrinter.print(small.graph()) + Shrink.inputs(small))
            .isEmpty();
      }
    }
  }

  private static Optional<String> outside(RandomGraph g) {
    List<Bounded> bounded =
        ErrorBounds.evaluate(g.graph(), g.inputs().stream().map(Bounded::exact).toList());
    List<Tensor> wide = Evaluator.evaluate(Widen.graph(g.graph()), Widen.tensors(g.inputs()));
    for (int i = 0; i < wide.size(); i++) {
      Bounded b = bounded.get(i);
      Bounded expected = new Bounded(Wide.ofFloat(b.value()), b.error());
      Optional<String> problem = Agreement.of(wide.get(i), expected).problem(b.value());
      if (problem.isPresent()) {
        return problem.map(p -> "output " + p);
      }
    }
    return Optional.empty();
  }

  private static Bounded floats(float... x) {
    return Bounded.exact(Tensor.ofFloats(Shape.of(x.length), x));
  }

  private static Bounded off(double error, float... x) {
    double[] e = new double[x.length];
    java.util.Arrays.fill(e, error);
    return Bounded.of(floats(x).value(), e);
  }

  private static double[] errors(dev.nncc.graph.Op op, Bounded... operands) {
    return ErrorBounds.apply(op, List.of(operands)).get(0).errors();
  }

  @Test
  void sumsCountTheirTermsAndTheirSize() {
    Bounded x = Bounded.exact(Tensor.ofFloats(Shape.of(1, 4), 3, -3, 3, -3));
    Bounded w = Bounded.exact(Tensor.ofFloats(Shape.of(4, 1), 2, 2, 2, 2));
    assertThat(errors(new MatMul(false, false), x, w)[0])
        .isCloseTo((4 + Rounding.SLACK) * UNIT * 24, within(1e-3));
  }

  private static org.assertj.core.data.Percentage within(double percent) {
    return org.assertj.core.data.Percentage.withPercentage(percent);
  }

  @Test
  void jumpsCountOnlyWhereTheyAreInReach() {
    double[] e = errors(Elementwise.of(ElementwiseKind.FLOOR), off(0.01, 1.999f, 1.5f));
    assertThat(e[0]).isEqualTo(1);
    assertThat(e[1]).isZero();
    assertThat(errors(new Cast(DType.I32), off(0.01, 1.5f))).containsExactly(0);
    assertThat(errors(new ArgReduce(true, 0, false, false), off(0.01, 1, 2))).containsExactly(0);
    assertThat(errors(new ArgReduce(true, 0, false, false), off(0.6, 1, 2))[0]).isInfinite();
  }

  @Test
  void overflowAndDivisionByWhatMayBeZeroAreOpen() {
    assertThat(errors(Elementwise.of(ElementwiseKind.MUL), floats(3e38f), floats(10))[0])
        .isInfinite();
    assertThat(errors(Elementwise.of(ElementwiseKind.DIV), floats(1), off(0.5, 0.25f))[0])
        .isInfinite();
    // An infinity that comes in must come out.
    assertThat(errors(Elementwise.of(ElementwiseKind.MUL), floats(1 / 0f), floats(10))[0]).isZero();
  }

  @Test
  void movedElementsKeepTheirErrors() {
    Bounded x = Bounded.of(floats(1, 2, 3).value(), new double[] {0, 1, 2});
    assertThat(errors(new Slice(List.of(2L), List.of(2L), List.of(-1L)), x)).containsExactly(2, 1);
  }

  @Test
  void agreementNamesTheElementFarthestOffByItsBound() {
    Tensor e = Tensor.of(TensorType.of(DType.F32, 2, 2), new double[] {1, 2, 3, 4});
    Bounded expected = Bounded.of(e, new double[] {0.5, 0.1, 1 / 0.0, 0});
    Tensor a = Tensor.of(e.type(), new double[] {1.4, 2.25, 99, 4});
    Agreement agreement = Agreement.of(a, expected);
    assertThat(agreement.element()).isEqualTo(1);
    assertThat(agreement.isRight()).isFalse();
    assertThat(agreement.checked()).isEqualTo(3);
    assertThat(agreement.problem(e))
        .hasValueSatisfying(p -> assertThat(p).startsWith("[0,1] is 2.25, expected 2.0"));
  }
}
