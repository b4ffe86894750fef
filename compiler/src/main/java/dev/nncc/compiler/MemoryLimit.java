package dev.nncc.compiler;

import dev.nncc.tensor.lower.Lowerings;
import dev.nncc.tensor.plan.ArenaMode;
import dev.nncc.tensor.plan.RunPlan;
import dev.nncc.tensor.plan.RunPlanner;
import dev.nncc.tensor.plan.WeightTable;
import java.util.List;
import java.util.Locale;

/** Refuses a library whose context would need more than the user allows. */
record MemoryLimit(String model, MemoryOptions options) {
  /**
   * Checks what is known once all addresses are fixed, so that no time goes into code; of several
   * profiles a context needs the largest arena.
   *
   * @param scratch bytes of one worker, as far as they are known
   * @throws CompileException that says what would be needed, and whether another plan would do
   */
  void check(List<PlannedProfile> profiles, WeightTable table, long scratch) {
    long weights = table.bytes() + table.preparedBytes();
    long arena = arena(profiles.stream().map(PlannedProfile::plan).toList());
    long total = weights + arena + scratch;
    if (options.limit().isEmpty() || total <= options.limit().getAsLong()) {
      return;
    }
    String text =
        String.format(
            Locale.ROOT,
            "%s needs %s, more than the limit of %s: weights %s, arena %s",
            model,
            size(total),
            size(options.limit().getAsLong()),
            size(weights),
            size(arena));
    if (scratch > 0) {
      text += ", scratch of each thread " + size(scratch);
    }
    throw new CompileException(text + advice(profiles, weights + scratch));
  }

  private String advice(List<PlannedProfile> profiles, long besides) {
    if (options.arena() == ArenaMode.SMALL) {
      return "";
    }
    long small =
        arena(
            profiles.stream()
                .map(p -> RunPlanner.plan(p.placement(), Lowerings.all(), ArenaMode.SMALL))
                .toList());
    boolean fits = besides + small <= options.limit().orElseThrow();
    return String.format(
        Locale.ROOT,
        fits
            ? "; it fits with --arena small, which needs %s, arena %s"
            : "; --arena small needs %s, arena %s, which does not fit either",
        size(besides + small),
        size(small));
  }

  private static long arena(List<RunPlan> plans) {
    return plans.stream().mapToLong(p -> p.memory().bytes()).max().orElse(0);
  }

  private static String size(long bytes) {
    return bytes < 100_000
        ? String.format(Locale.ROOT, "%d bytes", bytes)
        : String.format(Locale.ROOT, "%.2f MB", bytes / 1e6);
  }
}
