package dev.nncc.benchmarks;

import dev.nncc.benchmarks.Results.Comparison;
import dev.nncc.benchmarks.Results.Hot;
import dev.nncc.compiler.measure.Peaks;
import java.util.List;
import java.util.Locale;

/** What limits each model on one thread: its kernels held against the machine's ceilings. */
record LimitText(List<Comparison> all, Peaks peaks) {
  /** A kernel this near the peak of multiply-adds is bound by arithmetic. */
  private static final double NEAR_PEAK = 0.8;

  /** A kernel whose operands pass this near the speed of memory is bound by that. */
  private static final double NEAR_MEMORY = 0.6;

  private static final int NAMES = 70;

  String text() {
    List<Comparison> known = all.stream().filter(c -> !c.hot().isEmpty()).toList();
    if (known.isEmpty()) {
      return "";
    }
    StringBuilder s = new StringBuilder();
    s.append("\n## What limits each model\n\n");
    s.append(
        """
        Share of the time of a run on one thread in kernels that reach 80 % of the peak of multiply-adds (only
        fewer multiplications make them faster), in kernels whose operands pass at 60 % of the speed of memory or
        more (only fewer bytes do), and in others, of which the slowest is named. Work counts direct
        multiplications.

        | model | arithmetic | memory | others | the slowest of the others |
        |---|---:|---:|---:|---|
        """);
    known.forEach(c -> row(s, c));
    return s.toString();
  }

  private boolean atPeak(Hot h) {
    return h.flopsPerSecond() >= NEAR_PEAK * peaks.flops(1);
  }

  private boolean atMemory(Hot h) {
    double memory = peaks.memoryRead(1).orElse(Double.POSITIVE_INFINITY);
    return !atPeak(h) && h.bytesPerSecond() >= NEAR_MEMORY * memory;
  }

  private void row(StringBuilder s, Comparison c) {
    double arithmetic = c.hot().stream().filter(this::atPeak).mapToDouble(Hot::share).sum();
    double memory = c.hot().stream().filter(this::atMemory).mapToDouble(Hot::share).sum();
    String slowest =
        c.hot().stream()
            .filter(h -> !atPeak(h) && !atMemory(h))
            .findFirst()
            .map(
                h ->
                    String.format(
                        Locale.ROOT,
                        "%s, %.0f %% of the run at %.0f GFLOP/s: %s",
                        h.kernel(),
                        100 * h.share(),
                        h.flopsPerSecond() / 1e9,
                        cut(h.nodes())))
            .orElse("");
    s.append(
        String.format(
            Locale.ROOT,
            "| %s | %.0f %% | %.0f %% | %.0f %% | %s |%n",
            c.model(),
            100 * arithmetic,
            100 * memory,
            100 * Math.max(0, 1 - arithmetic - memory),
            slowest));
  }

  private static String cut(String names) {
    String text = names.replace("|", "\\|");
    return text.length() <= NAMES ? text : text.substring(0, NAMES) + "...";
  }
}
