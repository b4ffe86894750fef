package dev.nncc.frontend.caffe;

import static dev.nncc.frontend.caffe.Net.floats;
import static dev.nncc.frontend.caffe.Net.random;
import static dev.nncc.frontend.caffe.Net.shape;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nncc.frontend.Importers;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.graph.Evaluator;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Tensor;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Recurrent layers against loops, with marks known and given. */
class RecurrentLayersTest {
  private static final int TIME = 4;
  private static final int BATCH = 2;
  private static final int INPUT = 3;
  private static final int HIDDEN = 2;

  @TempDir Path folder;

  private final Tensor x = random(1, TIME, BATCH, INPUT);
  private final Tensor unbroken = floats(shape(TIME, BATCH), 0, 1, 1, 1, 1, 1, 1, 1);
  private final Tensor broken = floats(shape(TIME, BATCH), 0, 1, 1, 0, 0, 1, 1, 1);

  private static double sigmoid(double v) {
    return 1 / (1 + Math.exp(-v));
  }

  /** Row {@code r} of a matrix times one vector of a tensor. */
  private static double dot(Tensor w, int r, double[] v, int from, int n) {
    double[] m = w.toDoubles();
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += m[r * n + i] * v[from + i];
    }
    return sum;
  }

  private Net lstm(boolean exposed) {
    String p = "recurrent_param { num_output: 2 expose_hidden: " + exposed + " }";
    Net net = Net.of().input(TIME, BATCH, INPUT).input(TIME, BATCH);
    if (exposed) {
      net.input(1, BATCH, HIDDEN).input(1, BATCH, HIDDEN);
    }
    String states = exposed ? "bottom: 'z' bottom: '{' top: 't' top: 'h' top: 'c'" : "top: 't'";
    net.text("layer { name: 'l' type: 'LSTM' bottom: 'x' bottom: 'y' " + states + " " + p + " }");
    return net.weights(
        random(2, 4 * HIDDEN, INPUT), random(3, 4 * HIDDEN), random(4, 4 * HIDDEN, HIDDEN));
  }

  private double[] expected(Tensor marks, double[] h, double[] c) {
    double[] out = new double[TIME * BATCH * HIDDEN];
    double[] bias = random(3, 4 * HIDDEN).toDoubles();
    for (int t = 0; t < TIME; t++) {
      for (int b = 0; b < BATCH; b++) {
        double mark = marks.toDoubles()[t * BATCH + b];
        double[] before = {mark * h[b * HIDDEN], mark * h[b * HIDDEN + 1]};
        double[] gates = new double[4 * HIDDEN];
        for (int g = 0; g < gates.length; g++) {
          gates[g] =
              bias[g]
                  + dot(
                      random(2, 4 * HIDDEN, INPUT),
                      g,
                      x.toDoubles(),
                      (t * BATCH + b) * INPUT,
                      INPUT)
                  + dot(random(4, 4 * HIDDEN, HIDDEN), g, before, 0, HIDDEN);
        }
        for (int u = 0; u < HIDDEN; u++) {
          int s = b * HIDDEN + u;
          c[s] =
              mark * sigmoid(gates[HIDDEN + u]) * c[s]
                  + sigmoid(gates[u]) * Math.tanh(gates[3 * HIDDEN + u]);
          h[s] = sigmoid(gates[2 * HIDDEN + u]) * Math.tanh(c[s]);
          out[t * BATCH * HIDDEN + s] = h[s];
        }
      }
    }
    return out;
  }

  private static void same(Tensor actual, double[] expected) {
    double[] values = actual.toDoubles();
    assertThat(values).hasSize(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat(values[i]).as("element %d", i).isCloseTo(expected[i], within(1e-5));
    }
  }

  @Test
  void sequencesBeginWhereTheMarksSay() {
    Tensor y = lstm(false).run(folder, x, broken).get(0);
    assertThat(y.shape().toArray()).containsExactly(TIME, BATCH, HIDDEN);
    same(y, expected(broken, new double[4], new double[4]));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void statesGoInAndOut(boolean known) {
    Tensor h0 = random(7, 1, BATCH, HIDDEN);
    Tensor c0 = random(8, 1, BATCH, HIDDEN);
    Path file = lstm(true).write(folder);
    ImportOptions options = known ? ImportOptions.NONE.withBind("y", unbroken) : ImportOptions.NONE;
    Graph g = Importers.importModel(file, options).graph();
    assertThat(g.nodes().stream().anyMatch(n -> n.op().name().equals("Lstm"))).isEqualTo(known);
    List<Tensor> out =
        Evaluator.evaluate(g, known ? List.of(x, h0, c0) : List.of(x, unbroken, h0, c0));
    double[] h = h0.toDoubles();
    double[] c = c0.toDoubles();
    same(out.get(0), expected(unbroken, h, c));
    same(out.get(1), h);
    same(out.get(2), c);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void rnnHasASecondProductAndStaticInputs(boolean known) {
    Tensor fixed = random(9, BATCH, 1);
    Tensor[] w = {
      random(2, HIDDEN, INPUT),
      random(3, HIDDEN),
      random(10, HIDDEN, 1),
      random(4, HIDDEN, HIDDEN),
      random(5, HIDDEN, HIDDEN),
      random(6, HIDDEN)
    };
    Net net =
        Net.layer(
                "RNN",
                "recurrent_param { num_output: 2 }",
                shape(TIME, BATCH, INPUT),
                shape(TIME, BATCH),
                shape(BATCH, 1))
            .weights(w);
    ImportOptions options = known ? ImportOptions.NONE.withBind("y", unbroken) : ImportOptions.NONE;
    Graph g = Importers.importModel(net.write(folder), options).graph();
    Tensor marks = known ? unbroken : broken;
    double[] h = new double[BATCH * HIDDEN];
    double[] out = new double[TIME * BATCH * HIDDEN];
    for (int t = 0; t < TIME; t++) {
      for (int b = 0; b < BATCH; b++) {
        double mark = marks.toDoubles()[t * BATCH + b];
        double[] before = {mark * h[b * HIDDEN], mark * h[b * HIDDEN + 1]};
        double[] now = new double[HIDDEN];
        for (int u = 0; u < HIDDEN; u++) {
          now[u] =
              Math.tanh(
                  w[1].toDoubles()[u]
                      + dot(w[0], u, x.toDoubles(), (t * BATCH + b) * INPUT, INPUT)
                      + dot(w[2], u, fixed.toDoubles(), b, 1)
                      + dot(w[3], u, before, 0, HIDDEN));
          h[b * HIDDEN + u] = now[u];
        }
        for (int u = 0; u < HIDDEN; u++) {
          out[(t * BATCH + b) * HIDDEN + u] =
              Math.tanh(w[5].toDoubles()[u] + dot(w[4], u, now, 0, HIDDEN));
        }
      }
    }
    List<Tensor> data = known ? List.of(x, fixed) : List.of(x, broken, fixed);
    same(Evaluator.evaluate(g, data).get(0), out);
  }
}
