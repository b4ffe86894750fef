package dev.nncc.frontend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.tensorflow.proto.DataType;
import dev.nncc.graph.Evaluator;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each mode against loops that follow the formulas of TensorFlow's documentation of {@code
 * QuantizeV2}, {@code Dequantize}, {@code QuantizeAndDequantizeV2} and {@code
 * FakeQuantWithMinMaxVars}. The ranges make steps that are powers of two, so that floats are exact
 * and halves are met.
 */
class QuantisationTest {
  /** With halves of steps of 1/64 and 1/128, and what lies outside of every range. */
  private static final float[] NUMBERS = {
    -9,
    -2,
    -1,
    -0.5f,
    -3 / 128f,
    -1 / 128f,
    -1 / 256f,
    0,
    1 / 256f,
    1 / 128f,
    3 / 128f,
    5 / 128f,
    0.3f,
    0.75f,
    127 / 128f,
    1,
    1.5f,
    255 / 128f,
    7
  };

  private record Grid(DataType type, int low, int high) {}

  private static final List<Grid> GRIDS =
      List.of(
          new Grid(DataType.DT_QUINT8, 0, 255),
          new Grid(DataType.DT_QINT8, -128, 127),
          new Grid(DataType.DT_QUINT16, 0, 65535),
          new Grid(DataType.DT_QINT16, -32768, 32767));

  private static final float[][] RANGES = {
    {0, 255 / 128f}, {-1, 127 / 128f}, {-2, 0.5f}, {-0.5f, 2}, {0.5f, 1}, {-1, -0.5f}, {0, 0}
  };

  @TempDir Path folder;

  private static Tensor vector(float... v) {
    return Tensor.ofFloats(Shape.of(v.length), v);
  }

  private static float away(float x) {
    float size = Math.abs(x);
    float below = (float) Math.floor(size);
    return Math.signum(x) * (size - below < 0.5f ? below : below + 1);
  }

  private static float round(float x, String mode) {
    return switch (mode) {
      case "HALF_TO_EVEN" -> (float) Math.rint(x);
      case "HALF_UP" -> (float) Math.floor(x + 0.5f);
      default -> away(x);
    };
  }

  private static float clip(float x, float low, float high) {
    return Math.max(Math.min(x, high), low);
  }

  private static float scale(float grid, float range) {
    return grid * range > 0 ? grid / range : Float.MAX_VALUE;
  }

  static Stream<Arguments> quantisations() {
    return GRIDS.stream()
        .flatMap(
            grid ->
                Stream.of(RANGES)
                    .flatMap(
                        r ->
                            Stream.of(
                                    "MIN_COMBINED",
                                    "MIN_FIRST",
                                    "SCALED",
                                    "SCALED narrow",
                                    "SCALED HALF_TO_EVEN")
                                .map(mode -> Arguments.of(grid, r[0], r[1], mode))));
  }

  private static float quantised(float x, Grid g, float min, float max, float low, String mode) {
    if (mode.startsWith("MIN_COMBINED")) {
      float half = g.low() < 0 ? (g.high() - g.low() + 1) / 2f : 0;
      float scale = (g.high() - g.low()) / (max - min);
      return away((clip(x, min, max) - min) * scale - half);
    }
    if (mode.startsWith("MIN_FIRST")) {
      float scale = (g.high() - g.low()) / (max - min);
      return clip(away(x * scale) - away(min * scale) + g.low(), g.low(), g.high());
    }
    float scale = Math.min(scale(low, min), scale(g.high(), max));
    float clipped = clip(x, low / scale, g.high() / scale);
    return round(clipped * scale, mode.contains("EVEN") ? "HALF_TO_EVEN" : "");
  }

  @ParameterizedTest
  @MethodSource("quantisations")
  void quantises(Grid g, float least, float most, String words) {
    String mode = words.split(" ")[0];
    boolean narrow = words.contains("narrow");
    boolean even = words.contains("EVEN");
    Graphs graphs =
        new Graphs()
            .input("x", NUMBERS.length)
            .floats("min", new long[0], least)
            .floats("max", new long[0], most)
            .add(
                "QuantizeV2",
                "q",
                "x,min,max",
                "T",
                g.type(),
                "mode",
                mode,
                "narrow_range",
                narrow,
                "round_mode",
                even ? "HALF_TO_EVEN" : "HALF_AWAY_FROM_ZERO")
            .add("Cast", "y", "q", "DstT", DataType.DT_FLOAT);
    ImportOptions ends = ImportOptions.NONE.withOutputs(List.of("y", "q:1", "q:2"));
    List<Tensor> got = Evaluator.evaluate(graphs.load(folder, ends), List.of(vector(NUMBERS)));
    float min = Math.min(0, least);
    float room = 0.01f * Math.max(1, Math.max(Math.abs(least), Math.abs(most)));
    float max = Math.max(0, Math.max(most, min + room));
    int low = g.low() + (narrow ? 1 : 0);
    for (int i = 0; i < NUMBERS.length; i++) {
      double expected = quantised(NUMBERS[i], g, min, max, low, words);
      assertThat(got.get(0).toDoubles()[i]).as("%s", NUMBERS[i]).isEqualTo(expected);
    }
    float scale = Math.min(scale(low, min), scale(g.high(), max));
    boolean scaled = mode.equals("SCALED");
    assertThat(got.get(1).toDoubles()[0]).isEqualTo(scaled ? low / scale : min, within(1e-7));
    assertThat(got.get(2).toDoubles()[0]).isEqualTo(scaled ? g.high() / scale : max, within(1e-7));
  }

  static Stream<Arguments> back() {
    return GRIDS.stream()
        .flatMap(
            grid ->
                Stream.of(RANGES)
                    .filter(r -> r[0] < r[1])
                    .flatMap(
                        r ->
                            Stream.of("MIN_COMBINED", "MIN_FIRST", "SCALED", "SCALED narrow")
                                .map(mode -> Arguments.of(grid, r[0], r[1], mode))));
  }

  @ParameterizedTest
  @MethodSource("back")
  void makesNumbersOfSteps(Grid g, float min, float max, String words) {
    String mode = words.split(" ")[0];
    int low = g.low() + (words.contains("narrow") ? 1 : 0);
    float[] steps = {g.low(), g.low() + 1, -1, 0, 1, 100, g.high()};
    for (int i = 0; i < steps.length; i++) {
      steps[i] = Math.max(g.low(), steps[i]);
    }
    Graphs graphs =
        new Graphs()
            .input("x", steps.length)
            .add("Cast", "q", "x", "DstT", g.type())
            .floats("min", new long[0], min)
            .floats("max", new long[0], max)
            .add(
                "Dequantize",
                "y",
                "q,min,max",
                "T",
                g.type(),
                "mode",
                mode,
                "narrow_range",
                words.contains("narrow"));
    double[] got = graphs.run(folder, vector(steps));
    float width = (max - min) / (g.high() - g.low());
    float half = g.low() < 0 ? (g.high() - g.low() + 1) / 2f : 0;
    for (int i = 0; i < steps.length; i++) {
      float expected =
          switch (mode) {
            case "MIN_COMBINED" -> (steps[i] + half) * width + min;
            case "MIN_FIRST" -> (steps[i] - g.low()) * width + away(min / width) * width;
            default ->
                steps[i] * (g.low() == 0 ? max / g.high() : Math.max(min / low, max / g.high()));
          };
      // A rounding in each of the operations of the formula, of numbers below 4.
      assertThat(got[i]).as("step %s", steps[i]).isEqualTo(expected, within(1e-6));
    }
  }

  static Stream<Arguments> thereAndBack() {
    return Stream.of(true, false)
        .flatMap(
            signed ->
                Stream.of("HALF_TO_EVEN", "HALF_UP")
                    .flatMap(
                        round ->
                            Stream.of("given", "given narrow", "found", "found narrow")
                                .map(how -> Arguments.of(signed, round, how))));
  }

  @ParameterizedTest
  @MethodSource("thereAndBack")
  void keepsToTheGrid(boolean signed, String round, String how) {
    boolean given = how.startsWith("given");
    boolean narrow = how.contains("narrow");
    for (float[] r : RANGES) {
      Graphs graphs =
          new Graphs()
              .input("x", NUMBERS.length)
              .floats("min", new long[0], r[0])
              .floats("max", new long[0], r[1])
              .add(
                  "QuantizeAndDequantizeV2",
                  "y",
                  "x,min,max",
                  "signed_input",
                  signed,
                  "num_bits",
                  8L,
                  "range_given",
                  given,
                  "round_mode",
                  round,
                  "narrow_range",
                  narrow);
      double[] got = graphs.run(folder, vector(NUMBERS));
      float min = given ? r[0] : -9;
      float max = given ? r[1] : 7;
      float low = signed ? narrow ? -127 : -128 : 0;
      float high = signed ? 127 : 255;
      boolean byMin = scale(low, min) < scale(high, max);
      float scale = Math.min(scale(low, min), scale(high, max));
      float step = byMin ? min / low : max / high;
      for (int i = 0; i < NUMBERS.length; i++) {
        float x = NUMBERS[i];
        if (given) {
          x = clip(x, byMin ? min : low * step, byMin ? high * step : max);
        }
        double expected = round(x * scale, round) * step;
        assertThat(got[i])
            .as("%s in %s to %s", NUMBERS[i], r[0], r[1])
            .isEqualTo(expected, within(1e-6));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"QuantizeV2", "Dequantize", "QuantizeAndDequantizeV3"})
  void channelsMayHaveRangesOfTheirOwn(String op) {
    Graphs graphs =
        new Graphs()
            .input("x", 2, 3)
            .integer("bits", 8)
            .floats("min", new long[] {3}, -1, -2, -4)
            .floats("max", new long[] {3}, 127 / 128f, 127 / 64f, 127 / 32f);
    if (op.startsWith("QuantizeAnd")) {
      graphs.add(op, "y", "x,min,max,bits", "axis", 1L);
    } else if (op.equals("QuantizeV2")) {
      graphs.add(op, "q", "x,min,max", "T", DataType.DT_QINT8, "mode", "SCALED", "axis", 1L);
      graphs.add("Cast", "y", "q", "DstT", DataType.DT_FLOAT);
    } else {
      graphs.add("Cast", "q", "x", "DstT", DataType.DT_QINT8);
      graphs.add(op, "y", "q,min,max", "T", DataType.DT_QINT8, "mode", "SCALED", "axis", 1L);
    }
    Tensor x = Tensor.ofFloats(Shape.of(2, 3), 0.51f, 0.51f, 0.51f, -3, -3, -3);
    double[] expected =
        switch (op) {
          case "QuantizeV2" -> new double[] {65, 33, 16, -128, -128, -96};
          case "Dequantize" -> new double[] {0, 0, 0, -3 / 128.0, -3 / 64.0, -3 / 32.0};
          default -> new double[] {65 / 128.0, 33 / 64.0, 16 / 32.0, -1, -2, -3};
        };
    assertThat(graphs.run(folder, x)).containsExactly(expected, within(0.0));
  }

  @Test
  void rangesOfNothingHoldZero() {
    Graphs graphs =
        new Graphs()
            .input("x", 2)
            .floats("min", new long[] {2}, 0, -1)
            .floats("max", new long[] {2}, 0, 1.55f)
            .add("FakeQuantWithMinMaxVarsPerChannel", "y", "x,min,max");
    double[] got = graphs.run(folder, vector(0.7f, 0.703f));
    assertThat(got[0]).isZero();
    // Steps of 0.01.
    assertThat(got[1]).isEqualTo(0.7, within(1e-6));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 8, 16})
  void fakesSteps(int bits) {
    for (boolean narrow : new boolean[] {false, true}) {
      float low = narrow ? 1 : 0;
      float high = (1 << bits) - 1;
      for (float[] r : new float[][] {{-1, 1.3f}, {0, 3}, {-0.01f, 5}, {-4, 0}}) {
        double[] got =
            new Graphs()
                .input("x", NUMBERS.length)
                .add(
                    "FakeQuantWithMinMaxArgs",
                    "y",
                    "x",
                    "min",
                    r[0],
                    "max",
                    r[1],
                    "num_bits",
                    (long) bits,
                    "narrow_range",
                    narrow)
                .run(folder, vector(NUMBERS));
        float scale = (r[1] - r[0]) / (high - low);
        float point = clip(away(low - r[0] / scale), low, high);
        float least = (low - point) * scale;
        float most = (high - point) * scale;
        for (int i = 0; i < NUMBERS.length; i++) {
          double steps = (double) (clip(NUMBERS[i], least, most) - least) / scale;
          double expected = Math.floor(steps + 0.5) * scale + least;
          // Where a number is within a rounding of a half, either side will do.
          boolean half = Math.abs(steps - Math.floor(steps) - 0.5) < 1e-6 * (steps + 1);
          assertThat(got[i])
              .as("%s in %s to %s", NUMBERS[i], r[0], r[1])
              .isEqualTo(expected, within(half ? 1.001 * scale : 2e-6));
        }
      }
    }
  }
}
