package dev.nncc.frontend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nncc.graph.Evaluator;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Layers of cuDNN against loops that follow its documentation: 3 steps of 2 sequences. */
class CudnnTest {
  private static final int T = 3;
  private static final int B = 2;
  private static final int I = 2;
  private static final int H = 3;

  @TempDir Path folder;

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private static float[] random(int seed, int n) {
    Random r = new Random(seed);
    float[] out = new float[n];
    for (int i = 0; i < n; i++) {
      out[i] = r.nextFloat() - 0.5f;
    }
    return out;
  }

  /** All matrices, then all biases; in a layer each direction's W of all gates, then its R. */
  private record Weights(float[] all, int gates, int layers, int directions) {
    static int inputs(int layer, int directions) {
      return layer == 0 ? I : directions * H;
    }

    int matrices() {
      int n = 0;
      for (int l = 0; l < layers; l++) {
        n += directions * gates * H * (inputs(l, directions) + H);
      }
      return n;
    }

    /** {@code W x} or {@code R h} with its bias, for a gate's unit. */
    double product(int layer, int direction, boolean state, int gate, int unit, double[] x) {
      int at = 0;
      for (int l = 0; l < layer; l++) {
        at += directions * gates * H * (inputs(l, directions) + H);
      }
      int in = inputs(layer, directions);
      at += direction * gates * H * (in + H) + (state ? gates * H * in : 0);
      at += (gate * H + unit) * x.length;
      int pseudo = layer * directions + direction;
      double sum = all[matrices() + ((pseudo * 2 + (state ? 1 : 0)) * gates + gate) * H + unit];
      for (int i = 0; i < x.length; i++) {
        sum += all[at + i] * x[i];
      }
      return sum;
    }

    /** One step; changes h, and c of an LSTM. */
    void step(int layer, int direction, double[] x, double[] h, double[] c) {
      double[] next = new double[H];
      for (int u = 0; u < H; u++) {
        double[] w = new double[gates];
        double[] r = new double[gates];
        for (int g = 0; g < gates; g++) {
          w[g] = product(layer, direction, false, g, u, x);
          r[g] = product(layer, direction, true, g, u, h);
        }
        if (gates == 4) {
          c[u] = sigmoid(w[1] + r[1]) * c[u] + sigmoid(w[0] + r[0]) * Math.tanh(w[2] + r[2]);
          next[u] = sigmoid(w[3] + r[3]) * Math.tanh(c[u]);
        } else {
          double update = sigmoid(w[1] + r[1]);
          double fresh = Math.tanh(w[2] + sigmoid(w[0] + r[0]) * r[2]);
          next[u] = (1 - update) * fresh + update * h[u];
        }
      }
      System.arraycopy(next, 0, h, 0, H);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "lstm, 1, 1, true",
    "lstm, 2, 1, true",
    "lstm, 2, 2, true",
    "lstm, 2, 2, false",
    "gru, 1, 2, true",
    "gru, 2, 2, false",
  })
  void followsItsDocumentation(String mode, int layers, int directions, boolean major) {
    int gates = mode.equals("lstm") ? 4 : 3;
    int states = layers * directions;
    Weights w = new Weights(new float[0], gates, layers, directions);
    float[] params = random(1, w.matrices() + states * 2 * gates * H);
    w = new Weights(params, gates, layers, directions);
    float[] x = random(2, T * B * I);
    float[] h0 = random(3, states * B * H);
    float[] c0 = random(4, states * B * H);
    long[] ofState = major ? new long[] {states, B, H} : new long[] {B, states, H};
    Graphs g =
        new Graphs()
            .input("x", major ? new long[] {T, B, I} : new long[] {B, T, I})
            .floats("h", ofState, h0)
            .floats("c", ofState, c0)
            .floats("params", new long[] {params.length}, params)
            .list("lengths", T, T)
            .add(
                "CudnnRNNV3",
                "rnn",
                "x,h,c,params,lengths",
                "rnn_mode",
                mode,
                "time_major",
                major,
                "direction",
                directions == 2 ? "bidirectional" : "unidirectional")
            .add("Identity", "y", "rnn:0")
            .add("Identity", "hn", "rnn:1");
    if (gates == 4) {
      g.add("Identity", "cn", "rnn:2");
    }
    Graph graph = g.load(folder);
    List<Tensor> got =
        Evaluator.evaluate(graph, List.of(Tensor.ofFloats(graph.inputs().get(0).shape(), x)));
    for (int b = 0; b < B; b++) {
      List<double[]> in = new ArrayList<>();
      for (int t = 0; t < T; t++) {
        int at = (major ? t * B + b : b * T + t) * I;
        in.add(new double[] {x[at], x[at + 1]});
      }
      for (int l = 0; l < layers; l++) {
        double[][] out = new double[T][directions * H];
        for (int d = 0; d < directions; d++) {
          int s = l * directions + d;
          int at = (major ? s * B + b : b * states + s) * H;
          double[] h = {h0[at], h0[at + 1], h0[at + 2]};
          double[] c = {c0[at], c0[at + 1], c0[at + 2]};
          for (int k = 0; k < T; k++) {
            int t = d == 0 ? k : T - 1 - k;
            w.step(l, d, in.get(t), h, c);
            System.arraycopy(h, 0, out[t], d * H, H);
          }
          assertClose(got.get(1), at, h);
          if (gates == 4) {
            assertClose(got.get(2), at, c);
          }
        }
        in = List.of(out);
      }
      for (int t = 0; t < T; t++) {
        int at = (major ? t * B + b : b * T + t) * directions * H;
        assertClose(got.get(0), at, in.get(t));
      }
    }
  }

  private static void assertClose(Tensor got, int at, double[] expected) {
    for (int i = 0; i < expected.length; i++) {
      assertThat(got.reader().number(at + i)).isCloseTo(expected[i], within(1e-6));
    }
  }

  @Test
  void shorterSequencesAreRefused() {
    Graphs g =
        new Graphs()
            .input("x", T, B, I)
            .floats("h", new long[] {1, B, H}, 0)
            .floats("c", new long[] {1, B, H}, 0)
            .floats("params", new long[] {4 * H * (I + H + 2)}, 0)
            .list("lengths", T, T - 1)
            .add("CudnnRNNV3", "rnn", "x,h,c,params,lengths", "rnn_mode", "lstm");
    assertThatThrownBy(() -> g.load(folder)).hasMessageContaining("shorter than 3 steps");
  }
}
