package dev.nncc.graph.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nncc.graph.DType;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One unit and one input, so that a step can be written down. */
class RecurrentTest {
  private static Tensor t(long[] shape, double... v) {
    return Tensor.of(TensorType.of(DType.F64, shape), v);
  }

  private static double sigmoid(double v) {
    return 1 / (1 + Math.exp(-v));
  }

  private static final Tensor X = t(new long[] {2, 1, 1}, 0.5, -0.25);

  @Test
  void lstmStepsInTheOrderOfItsGates() {
    Tensor w = t(new long[] {1, 4, 1}, 0.1, 0.2, 0.3, 0.4);
    Tensor r = t(new long[] {1, 4, 1}, 0.5, 0.6, 0.7, 0.8);
    Tensor b = t(new long[] {1, 8}, 1, 2, 3, 4, 0.01, 0.02, 0.03, 0.04);
    Tensor h0 = t(new long[] {1, 1, 1}, 0.9);
    Tensor c0 = t(new long[] {1, 1, 1}, -0.4);
    List<Tensor> y = new Lstm(1, Direction.FORWARD).evaluate(List.of(X, w, r, b, h0, c0));
    double h = 0.9;
    double c = -0.4;
    for (double x : X.toDoubles()) {
      double in = sigmoid(0.1 * x + 0.5 * h + 1.01);
      double out = sigmoid(0.2 * x + 0.6 * h + 2.02);
      double forget = sigmoid(0.3 * x + 0.7 * h + 3.03);
      c = forget * c + in * Math.tanh(0.4 * x + 0.8 * h + 4.04);
      h = out * Math.tanh(c);
    }
    assertThat(y.get(0).toDoubles()[1]).isCloseTo(h, within(1e-14));
    assertThat(y.get(1).toDoubles()[0]).isCloseTo(h, within(1e-14));
    assertThat(y.get(2).toDoubles()[0]).isCloseTo(c, within(1e-14));
  }

  @Test
  void gruResetsBeforeOrBehindTheProduct() {
    Tensor w = t(new long[] {1, 3, 1}, 0.1, 0.2, 0.3);
    Tensor r = t(new long[] {1, 3, 1}, 0.5, 0.6, 0.7);
    Tensor b = t(new long[] {1, 6}, 1, 2, 3, 0.01, 0.02, 0.03);
    Tensor h0 = t(new long[] {1, 1, 1}, 0.9);
    for (boolean linear : new boolean[] {false, true}) {
      double h = 0.9;
      for (double x : X.toDoubles()) {
        double z = sigmoid(0.1 * x + 0.5 * h + 1.01);
        double reset = sigmoid(0.2 * x + 0.6 * h + 2.02);
        double inner = linear ? reset * (0.7 * h + 0.03) : 0.7 * (reset * h) + 0.03;
        h = (1 - z) * Math.tanh(0.3 * x + 3 + inner) + z * h;
      }
      List<Tensor> y = new Gru(1, Direction.FORWARD, linear).evaluate(List.of(X, w, r, b, h0));
      assertThat(y.get(1).toDoubles()[0]).isCloseTo(h, within(1e-14));
    }
  }

  @Test
  void directionsReadTimeTheirWay() {
    Tensor w = t(new long[] {1, 1, 1}, 1);
    Tensor r = t(new long[] {1, 1, 1}, 0.5);
    Tensor b = t(new long[] {1, 2}, 0.25, 0.25);
    Tensor h0 = t(new long[] {1, 1, 1}, 1);
    List<Tensor> forward =
        new Rnn(1, Direction.FORWARD, RnnActivation.RELU).evaluate(List.of(X, w, r, b, h0));
    assertThat(forward.get(0).toDoubles()).containsExactly(1.5, 1);
    assertThat(forward.get(1).toDoubles()).containsExactly(1);
    List<Tensor> reverse =
        new Rnn(1, Direction.REVERSE, RnnActivation.RELU).evaluate(List.of(X, w, r, b, h0));
    assertThat(reverse.get(0).toDoubles()).containsExactly(1.375, 0.75);
    assertThat(reverse.get(1).toDoubles()).containsExactly(1.375);
    List<Tensor> both =
        new Rnn(1, Direction.BIDIRECTIONAL, RnnActivation.RELU)
            .evaluate(
                List.of(
                    X,
                    t(new long[] {2, 1, 1}, 1, 1),
                    t(new long[] {2, 1, 1}, 0.5, 0.5),
                    t(new long[] {2, 2}, 0.25, 0.25, 0.25, 0.25),
                    t(new long[] {2, 1, 1}, 1, 1)));
    assertThat(both.get(0).toDoubles()).containsExactly(1.5, 1.375, 1, 0.75);
    assertThat(both.get(1).toDoubles()).containsExactly(1, 1.375);
  }

  @Test
  void rowsOfABatchDoNotMeet() {
    Tensor x = t(new long[] {1, 2, 1}, 1, 2);
    Tensor one = t(new long[] {1, 1, 1}, 1);
    Tensor b = t(new long[] {1, 2}, 0, 0);
    Tensor h0 = t(new long[] {1, 2, 1}, 10, 20);
    assertThat(
            new Rnn(1, Direction.FORWARD, RnnActivation.RELU)
                .evaluate(List.of(x, one, one, b, h0))
                .get(0)
                .toDoubles())
        .containsExactly(11, 22);
  }
}
