package dev.nncc.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nncc.compiler.measure.KernelTimes;
import dev.nncc.compiler.measure.Peaks;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Times of kernels for people and programs, the slowest first.
 *
 * @param peaks of this machine, when they are known
 */
record KernelTable(KernelTimes times, Optional<Peaks> peaks, int threads) {
  private List<KernelTimes.Timed> sorted() {
    List<KernelTimes.Timed> kernels = new ArrayList<>(times.kernels());
    kernels.sort(Comparator.comparing(k -> -k.milliseconds()));
    return kernels;
  }

  private String share(double flopsPerSecond) {
    return peaks
        .map(p -> String.format(Locale.ROOT, "%d%%", percent(flopsPerSecond, p)))
        .orElse("");
  }

  private long percent(double flopsPerSecond, Peaks p) {
    return Math.round(100 * flopsPerSecond / p.flops(threads));
  }

  /** Why a kernel seems to do more than the machine can; nothing where none does. */
  private String beyond(Peaks p) {
    return times.kernels().stream().anyMatch(k -> percent(k.flopsPerSecond(), p) > 100)
        ? "above 100%: work counts direct multiplications in f32; Winograd's and Strassen's"
            + " algorithms need fewer, and bf16 does more at a time\n"
        : "";
  }

  String text() {
    StringBuilder s = new StringBuilder();
    s.append(
        String.format(
            "%n%10s %6s %10s %7s %10s %6s  %s%n",
            "ms/run",
            "share",
            "GFLOP/s",
            peaks.isPresent() ? "of peak" : "",
            "GB/s",
            "calls",
            "kernel"));
    double total = times.total();
    for (KernelTimes.Timed k : sorted()) {
      s.append(
          String.format(
              Locale.ROOT,
              "%10.4f %5.1f%% %10.1f %7s %10.1f %6d  %s [%s]%n",
              k.milliseconds(),
              total == 0 ? 0 : 100 * k.milliseconds() / total,
              k.flopsPerSecond() / 1e9,
              share(k.flopsPerSecond()),
              k.bytesPerSecond() / 1e9,
              k.calls(),
              k.name(),
              k.sourceNodes()));
    }
    double flops = times.kernels().stream().mapToDouble(k -> k.flops() * k.calls()).sum();
    double rate = total == 0 ? 0 : flops / total * 1e3;
    s.append(
        String.format(
            Locale.ROOT, "%10.4f %6s %10.1f %7s%n", total, "all", rate / 1e9, share(rate)));
    s.append(
        peaks
            .map(
                p ->
                    beyond(p)
                        + String.format(
                            Locale.ROOT,
                            "peak of %d thread%s: %.0f GFLOP/s; 'nncc bench --peak' measures it again%n",
                            threads,
                            threads == 1 ? "" : "s",
                            p.flops(threads) / 1e9))
            .orElse("'nncc bench --peak' measures what shares of this machine's peak need\n"));
    return s.toString();
  }

  void addTo(ObjectNode figures) {
    peaks.ifPresent(p -> figures.put("peak_gflops", p.flops(threads) / 1e9));
    ArrayNode kernels = figures.putArray("kernels");
    for (KernelTimes.Timed k : sorted()) {
      ObjectNode o = kernels.addObject();
      o.put("name", k.name()).put("nodes", k.sourceNodes()).put("calls", k.calls());
      o.put("ms", k.milliseconds()).put("min_ms", k.best());
      o.put("flops", k.flops()).put("bytes", k.bytes());
      o.put("gflops", k.flopsPerSecond() / 1e9).put("gbytes", k.bytesPerSecond() / 1e9);
      peaks.ifPresent(p -> o.put("of_peak", k.flopsPerSecond() / p.flops(threads)));
    }
  }
}
