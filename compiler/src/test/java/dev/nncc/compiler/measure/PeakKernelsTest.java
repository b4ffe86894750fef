package dev.nncc.compiler.measure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.runtime.Context;
import dev.nncc.runtime.Model;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The kernels do all the work that is counted: their results depend on every step of it. */
class PeakKernelsTest {
  private static final int CHUNKS = 8;
  private static final int SUMS = 12;

  @TempDir private Path folder;

  @Test
  void multiplyAddsAreAllMade() throws IOException {
    int lanes = KernelLibrary.lanes();
    // Each step halves the distance to 1; all values are exact.
    float[] result = run(PeakKernels.fma(lanes, 10), 0.5f);
    assertThat(result).hasSize(CHUNKS * SUMS * lanes);
    for (int at = 0; at < result.length; at++) {
      int i = at / lanes % SUMS;
      assertThat(result[at]).isEqualTo(1 + (i - 1) / 1024f);
    }
  }

  @Test
  void pairsAreAllMultiplied() throws IOException {
    int lanes = KernelLibrary.lanes();
    // As a pair of bf16 the float 0.5 is (0, 0.5): each step adds a quarter.
    float[] result = run(PeakKernels.pairs(lanes, 10), 0.5f);
    assertThat(result).hasSize(CHUNKS * SUMS * lanes);
    for (int at = 0; at < result.length; at++) {
      assertThat(result[at]).isEqualTo(at / lanes % SUMS + 2.5f);
    }
  }

  @Test
  void everyByteIsRead() throws IOException {
    int lanes = KernelLibrary.lanes();
    float[] result = run(PeakKernels.sum(lanes, 7, 3), 2f);
    assertThat(result).hasSize(CHUNKS * SUMS * lanes).containsOnly(42f);
  }

  @Test
  void everyFigureIsMeasuredAtEveryNumberOfThreads() throws IOException {
    Processor small =
        new Processor(
            "p",
            2,
            List.of(
                new Processor.Cache(1, 1 << 14),
                new Processor.Cache(2, 1 << 16),
                new Processor.Cache(3, 1 << 20)));
    List<String> heard = new ArrayList<>();
    Peaks peaks =
        new PeakKernels(folder, small, List.of(1, 2), 0)
            .measure((what, done, total) -> heard.add(what));
    assertThat(heard).hasSize(6);
    assertThat(peaks.flopsPerSecond()).hasSize(2).allMatch(x -> x > 0);
    assertThat(peaks.bandwidths()).hasSize(5);
    assertThat(peaks.bandwidths())
        .allMatch(b -> b.bytesPerSecond().size() == 2 && b.bytesPerSecond().get(0) > 0);
    assertThat(peaks.memoryRead(1)).isPresent();
    for (Peaks.Bandwidth b : peaks.bandwidths()) {
      long together = b.bytes() * CHUNKS;
      boolean memory = b.name().startsWith("memory");
      assertThat(together * (b.name().equals(Peaks.COPY) ? 2 : 1))
          .as(b.name())
          .matches(bytes -> memory ? bytes > 15L << 20 : bytes <= 1 << 20);
    }
  }

  @Test
  void memoryIsSeveralTimesTheLastCacheWithinReason() {
    assertThat(PeakKernels.memoryBytes(32L << 20)).isEqualTo(512L << 20);
    assertThat(PeakKernels.memoryBytes(128L << 20)).isEqualTo(1L << 30);
    assertThat(PeakKernels.memoryBytes(384L << 20)).isEqualTo(1536L << 20);
  }

  private float[] run(String kernel, float fill) throws IOException {
    Path library = new KernelLibrary(kernel, CHUNKS, fill).build(folder);
    try (Model model = Model.load(library);
        Context context = model.newContext()) {
      context.run();
      return context.outputFloats(0);
    }
  }
}
