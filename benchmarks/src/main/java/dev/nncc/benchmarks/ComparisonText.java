package dev.nncc.benchmarks;

import dev.nncc.benchmarks.Goals.Goal;
import dev.nncc.benchmarks.Results.Comparison;
import dev.nncc.benchmarks.Results.Timed;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Models against the peer, with the goals beside the ratios.
 *
 * @param peak multiply-adds a second of one thread; NaN when unknown
 * @param goal of a model
 * @param means geometric means to show
 */
record ComparisonText(
    List<Comparison> all, double peak, Function<String, Optional<Goal>> goal, List<Mean> means) {
  /** A geometric mean over some models. */
  record Mean(String name, List<String> models, Goal goal) {}

  String text() {
    StringBuilder s = new StringBuilder();
    TreeSet<Integer> threads = new TreeSet<>();
    Map<String, List<String>> origins = new TreeMap<>();
    TreeSet<String> peers = new TreeSet<>();
    for (Comparison c : all) {
      c.timed().forEach(t -> threads.add(t.threads()));
      origins
          .computeIfAbsent(ResultsText.origin(c.origin()), o -> new ArrayList<>())
          .add(c.model());
      if (!c.peer().isEmpty()) {
        peers.add(c.peer());
      }
    }
    s.append(
        String.format(
            "Against %s at its default settings; %s.%n",
            String.join(", ", peers), ResultsText.origins(origins)));
    s.append(
        """
        Both sides run in one process, in blocks that take turns and begin with either side as often as with
        the other, 50 ms of idling between them; the first run of a block does not count. Times are medians of
        all runs, ratios the median over the pairs of blocks of their time divided by ours (above 1: nncc is
        faster), with the lowest and the highest pair behind. All pairs are in `blocks.csv`.

        """);
    s.append("| model | GFLOP |");
    StringBuilder rule = new StringBuilder("|---|---:|");
    for (int t : threads) {
      String n = ResultsText.threads(t);
      s.append(String.format(" nncc ms, %s | ORT ms | ratio | floor, target |", n));
      rule.append("---:|---:|---|---|");
    }
    s.append(" relative L2 | of FMA peak, 1 thread |\n").append(rule).append("---:|---:|\n");
    all.forEach(c -> row(s, c, threads));
    means.forEach(m -> mean(s, m, threads));
    return s.toString();
  }

  private void row(StringBuilder s, Comparison c, TreeSet<Integer> threads) {
    if (!c.failure().isEmpty()) {
      s.append(String.format("| %s | failed: %s |%n", c.model(), c.failure().replace("|", "\\|")));
      return;
    }
    s.append(String.format(Locale.ROOT, "| %s | %.3g |", c.model(), c.flops() / 1e9));
    String share = "";
    for (int n : threads) {
      Optional<Timed> timed = timed(c, n);
      if (timed.isEmpty()) {
        s.append(" | | | |");
        continue;
      }
      Timed t = timed.get();
      List<Double> ratios = t.pairs().stream().map(p -> p.ratio()).sorted().toList();
      s.append(
          String.format(
              Locale.ROOT,
              " %s | %s | **%.2f**%s | %s |",
              ResultsText.ms(t.ours()),
              ResultsText.ms(t.theirs()),
              t.ratio(),
              ratios.isEmpty()
                  ? ""
                  : String.format(
                      Locale.ROOT, " (%.2f-%.2f)", ratios.get(0), ratios.get(ratios.size() - 1)),
              goal.apply(c.model()).map(g -> verdict(g, n, t.ratio())).orElse("")));
      if (n == 1) {
        share = String.format(Locale.ROOT, "%.0f %%", 100 * c.flops() / (t.ours() / 1e3) / peak);
      }
    }
    s.append(String.format(Locale.ROOT, " %.1e | %s |%n", c.relativeL2(), share));
  }

  private static Optional<Timed> timed(Comparison c, int threads) {
    return c.timed().stream().filter(t -> t.threads() == threads).findFirst();
  }

  /** {@code 1.40, 1.50: floor}: the goals and which of them is reached. */
  static String verdict(Goal g, int threads, double ratio) {
    Optional<Double> floor = g.floor(threads);
    Optional<Double> target = g.target(threads);
    if (floor.isEmpty() || target.isEmpty()) {
      return "";
    }
    // As it is shown: two digits behind the point.
    double shown = Math.round(ratio * 100) / 100.0;
    return String.format(
        Locale.ROOT,
        "%.2f, %.2f: %s",
        floor.get(),
        target.get(),
        shown >= target.get() ? "target" : shown >= floor.get() ? "floor" : "*below*");
  }

  private void mean(StringBuilder s, Mean m, TreeSet<Integer> threads) {
    s.append("| *").append(m.name()).append("* | |");
    for (int n : threads) {
      List<Double> ratios =
          all.stream()
              .filter(c -> m.models().contains(c.model()))
              .flatMap(c -> timed(c, n).stream())
              .map(Timed::ratio)
              .toList();
      double mean = geometric(ratios);
      s.append(
          ratios.isEmpty()
              ? " | | | |"
              : String.format(
                  Locale.ROOT,
                  " | | **%.2f** of %d | %s |",
                  mean,
                  ratios.size(),
                  verdict(m.goal(), n, mean)));
    }
    s.append(" | |\n");
  }

  static double geometric(List<Double> numbers) {
    return Math.exp(numbers.stream().mapToDouble(Math::log).average().orElse(Double.NaN));
  }

  /** Every pair of blocks, one a line. */
  static String blocks(List<Comparison> all) {
    StringBuilder s = new StringBuilder("model,threads,pair,began,nncc ms,peer ms,ratio\n");
    for (Comparison c : all) {
      for (Timed t : c.timed()) {
        for (int i = 0; i < t.pairs().size(); i++) {
          Results.Pair p = t.pairs().get(i);
          s.append(
              String.format(
                  Locale.ROOT,
                  "%s,%d,%d,%s,%.6f,%.6f,%.4f%n",
                  c.model(),
                  t.threads(),
                  i,
                  p.oursFirst() ? "nncc" : "peer",
                  p.ours(),
                  p.theirs(),
                  p.ratio()));
        }
      }
    }
    return s.toString();
  }
}
