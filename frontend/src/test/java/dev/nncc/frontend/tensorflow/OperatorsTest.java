package dev.nncc.frontend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nncc.frontend.tensorflow.proto.DataType;
import dev.nncc.graph.Evaluator;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Operators that the stored tests do not use, or not in all their forms. */
class OperatorsTest {
  private static final double EXACT = 1e-6;

  @TempDir Path folder;

  private static Tensor vector(float... values) {
    return Tensor.ofFloats(Shape.of(values.length), values);
  }

  /** Of [2, 3, 4] with elements 0 to 23: begin, end and strides for three axes. */
  @ParameterizedTest
  @CsvSource({
    "0 1 2, 1 3 4, 1 1 1, 0, 0, 0, 0, 0, '[1, 2, 2]', 6",
    "0 1 2, 1 3 4, 1 1 1, 6, 6, 0, 0, 0, '[1, 3, 4]', 0",
    "1 -1 3, 2 -4 0, 1 -1 -2, 0, 0, 0, 0, 1, '[3, 2]', 23",
    "0 9 1, 2 9 2, 1 1 1, 0, 0, 2, 0, 4, '[2, 3]', 1",
    "0 0 0, 9 9 9, 1 1 1, 0, 0, 0, 2, 0, '[2, 1, 3, 4]', 0",
    "1 1 1, 0 0 0, 1 1 1, 0, 7, 0, 0, 7, '[]', 17",
  })
  void takesStridedSlicesWithAllMasks(
      String begin,
      String end,
      String strides,
      long b,
      long e,
      long ellipsis,
      long fresh,
      long shrink,
      String shape,
      double first) {
    float[] values = new float[24];
    for (int i = 0; i < 24; i++) {
      values[i] = i;
    }
    Graphs g =
        new Graphs()
            .input("x", 2, 3, 4)
            .list("b", numbers(begin))
            .list("e", numbers(end))
            .list("s", numbers(strides))
            .add(
                "StridedSlice",
                "y",
                "x,b,e,s",
                "begin_mask",
                b,
                "end_mask",
                e,
                "ellipsis_mask",
                ellipsis,
                "new_axis_mask",
                fresh,
                "shrink_axis_mask",
                shrink);
    Graph graph = g.load(folder);
    Tensor y =
        Evaluator.evaluate(graph, List.of(Tensor.ofFloats(Shape.of(2, 3, 4), values))).get(0);
    assertThat(y.shape().toString().replace(",", ", ")).isEqualTo(shape);
    assertThat(y.toDoubles()[0]).isEqualTo(first);
  }

  private static int[] numbers(String text) {
    return List.of(text.split(" ")).stream().mapToInt(Integer::parseInt).toArray();
  }

  @Test
  void multipliesWithAnEquation() {
    Graphs g =
        new Graphs()
            .input("x", 2, 3)
            .floats("w", new long[] {3, 2}, 1, 2, 3, 4, 5, 6)
            .add("Einsum", "y", "x,w", "equation", "ij,jk->ki");
    Tensor x = Tensor.ofFloats(Shape.of(2, 3), 1, 0, 0, 0, 0, 1);
    assertThat(g.run(folder, x)).containsExactly(1, 5, 2, 6);
  }

  @Test
  void hearsFrequencies() {
    int window = 6;
    Graphs g =
        new Graphs()
            .input("x", 10, 1)
            .add(
                "AudioSpectrogram",
                "y",
                "x",
                "window_size",
                (long) window,
                "stride",
                4L,
                "magnitude_squared",
                true);
    float[] x = {1, -2, 3, 0, 5, 1, 2, 2, -1, 4};
    double[] got = g.run(folder, Tensor.ofFloats(Shape.of(10, 1), x));
    assertThat(got).hasSize(2 * 5);
    for (int frame = 0; frame < 2; frame++) {
      for (int bin = 0; bin < 5; bin++) {
        double re = 0;
        double im = 0;
        for (int i = 0; i < window; i++) {
          double v = x[4 * frame + i] * (0.5 - 0.5 * Math.cos(2 * Math.PI * i / window));
          re += v * Math.cos(2 * Math.PI * bin * i / 8);
          im += v * Math.sin(2 * Math.PI * bin * i / 8);
        }
        assertThat(got[5 * frame + bin]).isCloseTo(re * re + im * im, within(1e-4));
      }
    }
  }

  @Test
  void silenceHasOneCoefficient() {
    Graphs g =
        new Graphs()
            .input("x", 1, 1, 9)
            .integer("rate", 16000)
            .add(
                "Mfcc", "y", "x,rate", "filterbank_channel_count", 8L, "dct_coefficient_count", 3L);
    double[] got = g.run(folder, Tensor.ofFloats(Shape.of(1, 1, 9), new float[9]));
    assertThat(got[0]).isCloseTo(Math.sqrt(2.0 / 8) * 8 * Math.log(1e-12), within(1e-4));
    assertThat(got[1]).isCloseTo(0, within(1e-4));
    assertThat(got[2]).isCloseTo(0, within(1e-4));
  }

  /** The triangles written as such: a channel rises from the centre below it and falls behind. */
  @Test
  void coefficientsAreCosinesOfLogarithmsOfTriangles() {
    int bins = 33;
    int channels = 6;
    double rate = 8000;
    double low = 200;
    double high = 3500;
    Graphs g =
        new Graphs()
            .input("x", 1, 1, bins)
            .integer("rate", (int) rate)
            .add(
                "Mfcc",
                "y",
                "x,rate",
                "filterbank_channel_count",
                (long) channels,
                "dct_coefficient_count",
                4L,
                "lower_frequency_limit",
                (float) low,
                "upper_frequency_limit",
                (float) high);
    float[] power = new float[bins];
    for (int i = 0; i < bins; i++) {
      power[i] = 1 + (i * 7 % 11);
    }
    double from = 1127 * Math.log(1 + low / 700);
    double step = (1127 * Math.log(1 + high / 700) - from) / (channels + 1);
    double[] logs = new double[channels];
    for (int c = 0; c < channels; c++) {
      double sum = 0;
      for (int i = 0; i < bins; i++) {
        double hertz = i * rate / 2 / (bins - 1);
        double place = (1127 * Math.log(1 + hertz / 700) - from) / step - c;
        // As HTK does it: rounded, and one later, so that 0 Hz is never heard.
        boolean inside = i >= Math.floor(1.5 + low / 125) && hertz <= high;
        sum += inside ? Math.max(0, 1 - Math.abs(place - 1)) * Math.sqrt(power[i]) : 0;
      }
      logs[c] = Math.log(sum);
    }
    double[] got = g.run(folder, Tensor.ofFloats(Shape.of(1, 1, bins), power));
    for (int k = 0; k < 4; k++) {
      double sum = 0;
      for (int c = 0; c < channels; c++) {
        sum += Math.sqrt(2.0 / channels) * logs[c] * Math.cos(Math.PI * k * (c + 0.5) / channels);
      }
      assertThat(got[k]).isCloseTo(sum, within(1e-5));
    }
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  @Test
  void readsTheWeightsOfCudnn() {
    // Gates i, f, c, o: weights of the input, of the state, and their biases.
    float[] p = {.1f, .2f, .3f, .4f, .5f, .6f, .7f, .8f, .1f, .2f, .3f, .4f, .4f, .3f, .2f, .1f};
    Graphs g =
        new Graphs()
            .input("x", 2, 1, 1)
            .floats("h", new long[] {1, 1, 1}, 0.5f)
            .floats("c", new long[] {1, 1, 1}, -0.25f)
            .floats("params", new long[] {16}, p)
            .add("CudnnRNN", "rnn", "x,h,c,params", "rnn_mode", "lstm")
            .add("Neg", "y", "rnn:2");
    double h = 0.5;
    double c = -0.25;
    for (double x : new double[] {1, -2}) {
      double[] z = new double[4];
      for (int k = 0; k < 4; k++) {
        z[k] = p[k] * x + p[4 + k] * h + p[8 + k] + p[12 + k];
      }
      c = sigmoid(z[1]) * c + sigmoid(z[0]) * Math.tanh(z[2]);
      h = sigmoid(z[3]) * Math.tanh(c);
    }
    double[] got = g.run(folder, Tensor.ofFloats(Shape.of(2, 1, 1), 1, -2));
    assertThat(got[0]).isCloseTo(-c, within(EXACT));
  }

  @Test
  void quantisesAndBack() {
    Graphs g =
        new Graphs()
            .input("x", 3)
            .floats("min", new long[0], -1)
            .floats("max", new long[0], 1.55f)
            .add("QuantizeV2", "q", "x,min,max", "T", DataType.DT_QUINT8, "mode", "MIN_FIRST")
            .add("Dequantize", "y", "q,q:1,q:2", "T", DataType.DT_QUINT8, "mode", "MIN_FIRST");
    // Steps of 0.01 from -1 on.
    double[] got = g.run(folder, vector(-1, 0.123f, 7));
    assertThat(got[0]).isCloseTo(-1, within(EXACT));
    assertThat(got[1]).isCloseTo(0.12, within(EXACT));
    assertThat(got[2]).isCloseTo(1.55, within(EXACT));
  }

  @ParameterizedTest
  @CsvSource({"Lgamma, 0.5723649, 0, 6.5792512", "Digamma, -1.9635100, -0.5772157, 1.8727843"})
  void continuesTheFactorial(String op, double half, double one, double seven) {
    Graphs g = new Graphs().input("x", 4).add(op, "y", "x");
    double[] got = g.run(folder, vector(0.5f, 1, 7, -0.5f));
    assertThat(got[0]).isCloseTo(half, within(2e-6));
    assertThat(got[1]).isCloseTo(one, within(2e-6));
    assertThat(got[2]).isCloseTo(seven, within(2e-6));
    double negative = op.equals("Lgamma") ? 1.2655121 : 0.0364900;
    assertThat(got[3]).isCloseTo(negative, within(2e-6));
  }

  @Test
  void gathersInBatches() {
    Graphs g =
        new Graphs()
            .input("x", 2, 3)
            .ints("at", new long[] {2, 2}, 2, 0, 1, 1)
            .integer("axis", 1)
            .add("GatherV2", "y", "x,at,axis", "batch_dims", 1L);
    Tensor x = Tensor.ofFloats(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
    assertThat(g.run(folder, x)).containsExactly(3, 1, 5, 5);
  }

  /** Boxes of height 1 on a line, one of each pair overlaps the next by a third. */
  @ParameterizedTest
  @CsvSource({
    "1, 0, '0.9 0.8 0.7'",
    "0.3, 0, '0.9 0.7'",
    // The second box falls behind the third: 0.8 exp(-1/9/0.8).
    "0.3, 0.4, '0.9 0.7 0.6963'",
  })
  void suppressesBoxesOrLowersTheirScores(float overlap, float sigma, String scores) {
    Graphs g =
        new Graphs()
            .input("x", 3)
            .floats("b", new long[] {3, 4}, 0, 0, 1, 2, 0, 1, 1, 3, 0, 4, 1, 5)
            .floats("s", new long[] {3}, 0.9f, 0.8f, 0.7f)
            .integer("n", 3)
            .floats("iou", new long[0], overlap)
            .floats("least", new long[0], 0.1f)
            .floats("sigma", new long[0], sigma)
            .add("NonMaxSuppressionV5", "nms", "b,s,n,iou,least,sigma");
    List<Double> kept = List.of(scores.split(" ")).stream().map(Double::valueOf).toList();
    g.list("from", 0).list("to", kept.size()).list("by", 1);
    g.add("StridedSlice", "part", "x,from,to,by").add("Sub", "y", "nms:1,part");
    double[] found = g.run(folder, vector(0, 0, 0));
    assertThat(found).hasSize(kept.size());
    for (int i = 0; i < found.length; i++) {
      assertThat(found[i]).isEqualTo(kept.get(i), within(5e-5));
    }
  }
}
