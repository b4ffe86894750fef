package dev.nncc.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.compiler.measure.KernelTimes;
import dev.nncc.compiler.measure.Peaks;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KernelTableTest {
  private static final Peaks ONE_GFLOP =
      new Peaks("a processor", 1, List.of(1), List.of(1e9), List.of(), List.of());

  /** Kernels of a millisecond. */
  private static String table(Optional<Peaks> peaks, double... flops) {
    List<KernelTimes.Timed> kernels =
        Arrays.stream(flops)
            .mapToObj(f -> new KernelTimes.Timed(0, "winograd_1", "/Conv_1", 1, 1, 1, f, 1))
            .toList();
    return new KernelTable(new KernelTimes(kernels, 1), peaks, 1).text();
  }

  @Test
  void sharesBeyondThePeakAreExplained() {
    assertThat(table(Optional.of(ONE_GFLOP), 5e5, 1.5e6))
        .containsSubsequence(" 50% ", " 150% ", "\nabove 100%: work counts direct", "\npeak of 1");
  }

  @Test
  void otherSharesNeedNoWord() {
    assertThat(table(Optional.of(ONE_GFLOP), 5e5, 1e6)).contains(" 100% ").doesNotContain("above");
    assertThat(table(Optional.empty(), 1.5e6)).doesNotContain("above");
  }
}
