package dev.nncc.compiler.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeaksTest {
  private static final Peaks PEAKS =
      new Peaks(
          "a processor (x)",
          4,
          List.of(1, 4),
          List.of(280e9, 1000e9),
          List.of(),
          List.of(new Peaks.Bandwidth(Peaks.MEMORY, 1 << 20, List.of(40e9, 100e9))));

  @Test
  void betweenMeasuredCountsThePeakGrowsWithTheThreads() {
    assertThat(PEAKS.flops(1)).isEqualTo(280e9);
    assertThat(PEAKS.flops(2)).isEqualTo(560e9);
    assertThat(PEAKS.flops(4)).isEqualTo(1000e9);
    // More threads than cores have no more, nor may a number in between be above all.
    assertThat(PEAKS.flops(8)).isEqualTo(1000e9);
    assertThat(PEAKS.memoryRead(3)).hasValue(100e9);
  }

  @Test
  void whatIsKeptIsFoundAgainOnTheSameProcessorOnly(@TempDir Path folder) throws IOException {
    Processor here = new Processor("a processor (x)", 4, List.of());
    Path file = Peaks.file(folder.resolve("new"), here);
    assertThat(file.getFileName()).hasToString("peaks-a-processor-x-4.json");
    assertThat(Peaks.load(file, here)).isEmpty();
    PEAKS.save(file);
    PEAKS.save(file);
    assertThat(Peaks.load(file, here)).contains(PEAKS);
    assertThat(Peaks.load(file, new Processor("a processor (x)", 2, List.of()))).isEmpty();
    assertThat(Peaks.load(file, new Processor("another", 4, List.of()))).isEmpty();
  }

  @Test
  void theTableNamesThreadsAndUnits() {
    assertThat(PEAKS.text())
        .containsPattern("1 thread +4 threads\n")
        .containsPattern("fp32 multiply-adds, GFLOP/s +280 +1000\n")
        .containsPattern("memory read, GB/s +40 +100\n")
        .doesNotContain("bf16");
  }
}
