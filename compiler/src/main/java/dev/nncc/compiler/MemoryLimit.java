package dev.nncc.compiler;

import dev.nncc.tensor.plan.ArenaMode;
import dev.nncc.tensor.plan.Expansion;
import dev.nncc.tensor.plan.WeightTable;
import dev.nncc.tensor.winograd.Winograd;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Refuses a library whose context would need more than the user allows.
 *
 * @param needs plans the model with other options; asked only where the library is refused
 */
record MemoryLimit(
    String model, CompileOptions options, Function<CompileOptions, MemoryNeed> needs) {
  /** Other options, as users write them. */
  private record Choice(String words, UnaryOperator<CompileOptions> change) {
    Choice and(Choice other) {
      return new Choice(words + " " + other.words, o -> other.change.apply(change.apply(o)));
    }
  }

  private record Outcome(String words, MemoryNeed need) {}

  /**
   * Checks what is known, so that no time goes into code.
   *
   * @throws CompileException that says what would be needed, and with which options less
   */
  void check(MemoryNeed known) {
    if (options.memory().limit().isEmpty() || fits(known)) {
      return;
    }
    long limit = options.memory().limit().getAsLong();
    MemoryNeed need = needs.apply(options);
    boolean alike = MemoryNeed.text(need.total()).equals(MemoryNeed.text(limit));
    throw new CompileException(
        String.format(
            Locale.ROOT,
            "%s needs %s, more than the limit of %s: %s%s",
            model,
            alike ? need.total() + " bytes" : MemoryNeed.text(need.total()),
            alike ? limit + " bytes" : MemoryNeed.text(limit),
            need.parts(),
            advice(need)));
  }

  /**
   * Checks what a library has to hold.
   *
   * @param weights bytes of all
   * @param more how many of them larger forms take than what they are made of
   * @throws CompileException where it is too much
   */
  static void checkFile(String model, long weights, long more) {
    if (weights > WeightTable.MOST_BYTES) {
      throw new CompileException(
          String.format(
              Locale.ROOT,
              "%s has %s of weights, more than the %s that a library can hold;"
                  + " '--precision bf16' stores those of convolutions and products in half%s",
              model,
              MemoryNeed.text(weights),
              MemoryNeed.text(WeightTable.MOST_BYTES),
              more > 0
                  ? ", '--expand-weights load' stores " + MemoryNeed.text(more) + " less"
                  : ""));
    }
  }

  private boolean fits(MemoryNeed need) {
    return need.total() <= options.memory().limit().orElseThrow();
  }

  /** The first choice that fits, or else the one that needs least. */
  private String advice(MemoryNeed now) {
    List<Outcome> less = new ArrayList<>();
    for (Choice c : choices()) {
      Outcome o = new Outcome(c.words(), needs.apply(c.change().apply(options)));
      if (fits(o.need())) {
        return said("; it fits with %s, which needs %s: %s", o);
      }
      if (o.need().total() < now.total()) {
        less.add(o);
      }
    }
    Optional<Outcome> least = less.stream().min(Comparator.comparing(o -> o.need().total()));
    return least
        .map(o -> said("; %s needs least, %s, which does not fit either: %s", o))
        .orElse("");
  }

  private static String said(String format, Outcome o) {
    return String.format(
        Locale.ROOT, format, o.words(), MemoryNeed.text(o.need().total()), o.need().parts());
  }

  /** What costs a run least comes first: nothing, borders that are written again, slower code. */
  private List<Choice> choices() {
    Choice small =
        new Choice("--arena small", o -> o.withMemory(o.memory().withArena(ArenaMode.SMALL)));
    Choice stored =
        new Choice(
            "--expand-weights compile",
            o -> o.withMemory(o.memory().withExpansion(Expansion.COMPILE)));
    Choice direct =
        new Choice("--winograd off", o -> o.withKernels(o.kernels().withWinograd(Winograd.OFF)));
    boolean fast = options.memory().arena() != ArenaMode.SMALL;
    boolean algorithms = options.kernels().winograd() != Winograd.OFF;
    boolean makes = algorithms && options.memory().expansion() != Expansion.COMPILE;
    List<Choice> all = new ArrayList<>();
    add(all, makes, stored);
    add(all, fast, small);
    add(all, makes && fast, stored.and(small));
    add(all, algorithms, direct);
    add(all, algorithms && fast, direct.and(small));
    return all;
  }

  private static void add(List<Choice> all, boolean wanted, Choice choice) {
    if (wanted) {
      all.add(choice);
    }
  }
}
