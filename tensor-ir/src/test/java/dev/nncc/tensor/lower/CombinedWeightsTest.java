package dev.nncc.tensor.lower;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import dev.nncc.tensor.constant.AxesCombination;
import dev.nncc.tensor.constant.Combination;
import dev.nncc.tensor.constant.Packed;
import dev.nncc.tensor.constant.Packer;
import dev.nncc.tensor.constant.QuarterCombination;
import dev.nncc.tensor.interp.Interpreter;
import dev.nncc.tensor.winograd.Strassen;
import dev.nncc.tensor.winograd.ToomCook;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernels against what is stored when a library holds its weights in their final form. */
class CombinedWeightsTest {
  private static final long BLOCK = 16;

  private static Tensor weights(DType dtype, long... extents) {
    Random random = new Random(5);
    TensorBuilder b = new TensorBuilder(new TensorType(dtype, Shape.of(extents)));
    for (long i = 0; i < Shape.of(extents).elements(); i++) {
      b.set(i, random.nextGaussian());
    }
    return b.build();
  }

  private static ByteBuffer packed(Packed p) throws IOException {
    ByteBuffer out = ByteBuffer.allocate(Math.toIntExact(p.bytes())).order(ByteOrder.LITTLE_ENDIAN);
    Packer.write(p, out::put);
    return out.clear();
  }

  private static void check(Packed made) throws IOException {
    Phase phase = CombinedWeights.phase(made);
    Packed plain = ((Argument.OfConstant) phase.arguments().get(1)).packed();
    assertThat(plain.combination()).isEmpty();
    ByteBuffer to =
        ByteBuffer.allocate(Math.toIntExact(made.bytes())).order(ByteOrder.LITTLE_ENDIAN);
    Interpreter.run(phase.kernel(), List.of(to, packed(plain)), Map.of(), 0, Long.MAX_VALUE);
    assertThat(numbers(to)).isEqualTo(numbers(packed(made)));
  }

  private static float[] numbers(ByteBuffer b) {
    float[] all = new float[b.capacity() / Float.BYTES];
    b.asFloatBuffer().get(all);
    for (int i = 0; i < all.length; i++) {
      all[i] += 0f; // lanes behind the last channel may hold either zero
    }
    return all;
  }

  /** One packed axis: {@code extent} steps along a source axis. */
  private record Axis(long extent, int source, long step) {}

  private static Packed packed(Tensor source, Combination c, Axis... axes) {
    List<Long> extents = new ArrayList<>();
    List<List<Long>> map = new ArrayList<>();
    for (Axis a : axes) {
      List<Long> steps = new ArrayList<>(List.of(0L, 0L, 0L, 0L));
      steps.set(a.source, a.step);
      extents.add(a.extent);
      map.add(steps);
    }
    return new Packed(source, extents, map, List.of(0L, 0L, 0L, 0L), Optional.of(c));
  }

  @ParameterizedTest
  @ValueSource(strings = {"3 3 4 1", "3 3 6 1", "5 5 2 1", "1 7 4 1", "7 1 2 1", "3 3 3 2"})
  void filtersInFrequencies(String form) throws IOException {
    List<Integer> n = Arrays.stream(form.split(" ")).map(Integer::valueOf).toList();
    ToomCook rows =
        n.get(0) == 1 ? ToomCook.of(1, 1, 1) : ToomCook.of(n.get(2), n.get(0), n.get(3));
    ToomCook columns =
        n.get(1) == 1 ? ToomCook.of(1, 1, 1) : ToomCook.of(n.get(2), n.get(1), n.get(3));
    AxesCombination c = AxesCombination.ofPairs(rows.filters(), columns.filters());
    for (DType dtype : List.of(DType.F32, DType.BF16)) {
      // 40 result channels leave lanes of the last block empty, 20 channels steps.
      Tensor source = weights(dtype, 40, 20, n.get(0), n.get(1));
      check(
          packed(
              source,
              c,
              new Axis(2, 0, 2 * BLOCK),
              new Axis(rows.filters().size(), 2, 1),
              new Axis(columns.filters().size(), 3, 1),
              new Axis(2, 1, BLOCK),
              new Axis(BLOCK, 1, 1),
              new Axis(2, 0, BLOCK),
              new Axis(BLOCK, 0, 1)));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {5, 7})
  void filtersAlongRows(long taps) throws IOException {
    ToomCook t = ToomCook.of(4, (int) taps, 2);
    AxesCombination c = new AxesCombination(1, List.of((long) t.frequencies()), t.g());
    check(
        packed(
            weights(DType.F32, 24, 3, taps, taps),
            c,
            new Axis(1, 0, 2 * BLOCK),
            new Axis(t.frequencies(), 3, 1),
            new Axis(3, 1, 1),
            new Axis(taps, 2, 1),
            new Axis(2, 0, BLOCK),
            new Axis(BLOCK, 0, 1)));
  }

  @ParameterizedTest
  @ValueSource(longs = {64, 56, 40, 17})
  void sumsOfQuarters(long channels) throws IOException {
    long half = (channels + 2 * BLOCK - 1) / (2 * BLOCK);
    QuarterCombination c = new QuarterCombination(half * BLOCK, 2 * BLOCK, Strassen.WEIGHTS);
    check(
        packed(
            weights(DType.F32, channels, 4 * BLOCK, 1, 1),
            c,
            new Axis(half, 0, BLOCK),
            new Axis(Strassen.WEIGHTS.size(), 0, half * BLOCK),
            new Axis(2, 1, BLOCK),
            new Axis(BLOCK, 1, 1),
            new Axis(1, 0, BLOCK),
            new Axis(BLOCK, 0, 1)));
  }

  @ParameterizedTest
  @ValueSource(longs = {128, 104, 40})
  void sumsOfQuartersOfQuarters(long channels) throws IOException {
    long part = (channels + 4 * BLOCK - 1) / (4 * BLOCK);
    QuarterCombination c = QuarterCombination.of(2, part * BLOCK, BLOCK, Strassen.WEIGHTS);
    check(
        packed(
            weights(DType.F32, channels, 4 * BLOCK, 1, 1),
            c,
            new Axis(part, 0, BLOCK),
            new Axis(c.rows().size(), 0, part * BLOCK),
            new Axis(1, 1, BLOCK),
            new Axis(BLOCK, 1, 1),
            new Axis(1, 0, BLOCK),
            new Axis(BLOCK, 0, 1)));
  }
}
