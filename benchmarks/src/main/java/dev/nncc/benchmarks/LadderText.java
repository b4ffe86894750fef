package dev.nncc.benchmarks;

import dev.nncc.benchmarks.Results.Ladder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The section of the page that shows what the optimiser makes of the models. */
record LadderText(List<Ladder> zoo, List<Ladder> real) {
  /** What counts as close to the lower bound. */
  private static final double CLOSE = 1.1;

  /** Nothing where nothing was measured. */
  String text() {
    if (zoo.isEmpty() && real.isEmpty()) {
      return "";
    }
    StringBuilder s = new StringBuilder("\n## Kernels and memory\n\n");
    s.append(
        """
        Kernels of each step count regions and every copy and layout conversion that is left: imported (nodes after
        stripping and constant folding), after vertical fusion, after concat elimination, after horizontal fusion. A
        concatenation that cannot be written in place is one copy for each part, so the third number may be above the
        second. Launches are calls of a run that wait for others. The bound of the arena is the most that is alive at one call.

        """);
    s.append(summary()).append('\n');
    table(s, "zoo model", zoo);
    table(s, "trained model", real);
    return s.toString();
  }

  private String summary() {
    List<Ladder> all = new ArrayList<>(zoo);
    all.addAll(real);
    all.removeIf(l -> !l.failure().isEmpty());
    Map<String, Integer> origins = new LinkedHashMap<>();
    all.forEach(
        l -> origins.merge(l.origin().commit() + " on " + l.origin().date(), 1, Integer::sum));
    List<String> parts = new ArrayList<>();
    origins.forEach((o, n) -> parts.add(origins.size() == 1 ? o : o + " (" + n + " models)"));
    long close = all.stream().filter(l -> small(l) <= CLOSE).count();
    long equal = all.stream().filter(l -> l.smallArenaBytes() == l.lowerBoundBytes()).count();
    long goals = zoo.stream().filter(l -> goal(l) > 0 && l.failure().isEmpty()).count();
    long met =
        zoo.stream()
            .filter(l -> goal(l) > 0 && l.failure().isEmpty())
            .filter(l -> l.kernels().horizontal() <= goal(l))
            .count();
    return format(
        "nncc %s. `--arena small` is within 10 %% of the bound on %d of %d models and equal to it on %d;"
            + " %d of %d goals for the number of kernels are met.\n",
        String.join(", ", parts), close, all.size(), equal, met, goals);
  }

  private static void table(StringBuilder s, String what, List<Ladder> all) {
    if (all.isEmpty()) {
      return;
    }
    s.append("| ").append(what);
    s.append(
        " | imported | vertical | concat | horizontal | goal | copies | conversions | launches");
    s.append(" | functions | arena | of bound | small arena | of bound | weights | code");
    s.append(" | optimiser s | compile s |\n|---");
    s.append("|---:".repeat(17)).append("|\n");
    for (Ladder l : all) {
      if (!l.failure().isEmpty()) {
        s.append(format("| %s | failed: %s |\n", l.model(), l.failure().replace("|", "\\|")));
        continue;
      }
      int goal = goal(l);
      boolean above = goal > 0 && l.kernels().horizontal() > goal;
      s.append(
          format(
              "| %s | %d | %d | %d | %s | %s | %d | %d | %d | %d | %s | %.2f | %s | %.2f | %s | %s"
                  + " | %.2f | %.2f |\n",
              l.model(),
              l.kernels().imported(),
              l.kernels().vertical(),
              l.kernels().concat(),
              above ? l.kernels().horizontal() : "**" + l.kernels().horizontal() + "**",
              goal == 0 ? "" : goal,
              l.kernels().copies(),
              l.kernels().conversions(),
              l.launches(),
              l.functions(),
              size(l.arenaBytes()),
              ratio(l.arenaBytes(), l.lowerBoundBytes()),
              size(l.smallArenaBytes()),
              small(l),
              size(l.weightBytes()),
              size(l.codeBytes()),
              l.optimiserSeconds(),
              l.seconds()));
    }
    s.append('\n');
  }

  private static int goal(Ladder l) {
    return Optimised.GOALS.getOrDefault(l.model(), 0);
  }

  private static double small(Ladder l) {
    return ratio(l.smallArenaBytes(), l.lowerBoundBytes());
  }

  /** 1 for an empty arena. */
  static double ratio(long arena, long bound) {
    return bound == 0 ? 1 : (double) arena / bound;
  }

  private static String size(long bytes) {
    return bytes < 1_000_000 ? format("%.1f kB", bytes / 1e3) : format("%.2f MB", bytes / 1e6);
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
