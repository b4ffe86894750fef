package dev.nncc.benchmarks;

import dev.nncc.benchmarks.Results.Change;
import dev.nncc.benchmarks.Results.Interval;
import java.util.List;
import java.util.Locale;

/** The table of models compiled before and now. */
record ChangeText(List<Change> changes) {
  /** More than this is slower, and no noise. */
  private static final double SLOWER = 0.97;

  String text() {
    if (changes.isEmpty()) {
      return "";
    }
    StringBuilder s = new StringBuilder("\n## Against an earlier commit\n\n");
    s.append("Time before divided by time now, above 1 is faster: the median over blocks in both");
    s.append(" orders, and the quartiles.\n\n");
    s.append("| model | before, now | threads: ratio (quartiles) | |\n|---|---|---|---|\n");
    for (Change c : changes) {
      s.append("| ").append(c.model()).append(" | ");
      s.append(c.before()).append(", ").append(c.origin().commit()).append(" | ");
      if (!c.failure().isEmpty()) {
        s.append(c.failure()).append(" | failed |\n");
        continue;
      }
      boolean slower = false;
      for (Interval i : c.intervals()) {
        s.append(line(i)).append("; ");
        slower |= i.median() < SLOWER;
      }
      s.setLength(s.length() - 2);
      s.append(slower ? " | slower |\n" : " | |\n");
    }
    return s.toString();
  }

  static String line(Interval i) {
    return String.format(
        Locale.ROOT, "%d: %.2f (%.2f to %.2f)", i.threads(), i.median(), i.low(), i.high());
  }
}
