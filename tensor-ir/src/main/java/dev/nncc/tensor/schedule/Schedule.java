package dev.nncc.tensor.schedule;

import dev.nncc.tensor.index.Simplifier;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Stmt.Kind;
import dev.nncc.tensor.text.Printer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Schedules as text: one directive a line, or separated by semicolons; {@code #} starts a comment.
 * Every directive keeps the meaning of the kernel or is refused, so any accepted schedule is a
 * correct program.
 */
public final class Schedule {
  private Schedule() {}

  /** Applies the directives of the script in order, simplifying indices after each. */
  public static Kernel apply(Kernel k, String script) {
    Kernel now = Simplifier.simplify(k);
    for (Directive d : parse(script)) {
      try {
        now = apply(now, d);
      } catch (Illegal e) {
        throw new Illegal(d + ": " + e.getMessage() + "\n" + Printer.print(now));
      }
    }
    return now;
  }

  /** The same, or nothing where a directive does not fit. */
  public static Optional<Kernel> attempt(Kernel k, String script) {
    try {
      return Optional.of(apply(k, script));
    } catch (Illegal e) {
      return Optional.empty();
    }
  }

  /**
   * @param k simplified
   */
  static Kernel apply(Kernel k, Directive d) {
    return Simplifier.simplify(d.apply(k), k);
  }

  /**
   * @throws Illegal when a line is no directive
   */
  public static List<Directive> parse(String script) {
    List<Directive> l = new ArrayList<>();
    for (String line : script.split("[;\n]")) {
      String text = line.replaceAll("#.*", "").replace("->", " ").trim();
      if (text.isEmpty()) {
        continue;
      }
      List<String> w = List.of(text.split("[\\s,]+"));
      try {
        l.addAll(directives(w));
      } catch (IndexOutOfBoundsException | NumberFormatException e) {
        throw new Illegal("not a directive: " + line.trim());
      }
    }
    return l;
  }

  private static List<Directive> directives(List<String> w) {
    List<String> rest = w.subList(1, w.size());
    List<String> tail = w.subList(Math.min(w.size(), 7), w.size());
    for (Kind k : SetKind.kinds()) {
      if (w.get(0).equals(SetKind.word(k))) {
        return rest.stream().<Directive>map(v -> new SetKind(v, k)).toList();
      }
    }
    return switch (w.get(0)) {
      case "split" ->
          w.size() > 5 && w.get(5).equals("ragged")
              ? List.of(
                  new Ragged(w.get(1), Long.parseLong(w.get(2)), w.get(3), w.get(4), suffix(w, 6)))
              : List.of(
                  new Split(
                      w.get(1),
                      Long.parseLong(w.get(2)),
                      w.get(3),
                      w.get(4),
                      w.size() > 5 && w.get(5).equals("guard")));
      case "tile" -> tile(w);
      case "fuse" -> List.of(new Fuse(w.get(1), w.get(2), w.get(3)));
      case "reorder" -> List.of(new Reorder(rest));
      case "peel" ->
          w.get(2).equals("multiple")
              ? List.of(new Peel(w.get(1), Long.parseLong(w.get(3)), true, suffix(w, 4)))
              : List.of(new Peel(w.get(1), Long.parseLong(w.get(2)), false, suffix(w, 3)));
      case "accumulate" -> List.of(new Accumulate(w.get(1), w.get(3), w.get(5), tail));
      case "pack" ->
          List.of(
              new Pack(
                  w.get(1), w.get(3), w.get(5), tail.stream().map(Integer::parseInt).toList()));
      case "merge" -> List.of(new Merge(w.get(1), w.get(2)));
      case "distribute" -> List.of(new Distribute(w.get(1)));
      case "inline" -> List.of(new Inline(w.get(1)));
      case "tensorise" -> List.of(new Tensorise(w.get(1)));
      case "trim" -> List.of(new Trim(w.get(1), w.get(2), suffix(w, 3)));
      case "clip" -> List.of(new Clip(w.get(1)));
      case "lift" -> List.of(new Lift(w.get(1)));
      case "promote" -> List.of(new Promote(w.get(1)));
      case "spread" -> List.of(new Spread(w.get(1)));
      case "prefetch" -> {
        if (w.get(2).equals("behind")) {
          yield List.of(new PrefetchNext(w.get(1), w.get(3), w.get(5), Long.parseLong(w.get(7))));
        }
        String of = w.get(w.size() > 6 ? 7 : 3);
        yield List.of(new PrefetchAhead(w.get(1), w.get(3), Long.parseLong(w.get(5)), of));
      }
      default -> throw new Illegal("unknown directive " + w.get(0));
    };
  }

  /** The words {@code as SUFFIX} from a place on. */
  private static String suffix(List<String> w, int at) {
    return w.size() > at + 1 && w.get(at).equals("as") ? w.get(at + 1) : Peel.SUFFIX;
  }

  /** {@code tile a b 4 8 -> ao bo ai bi}: two splits and a reorder. */
  private static List<Directive> tile(List<String> w) {
    return List.of(
        new Split(w.get(1), Long.parseLong(w.get(3)), w.get(5), w.get(7), false),
        new Split(w.get(2), Long.parseLong(w.get(4)), w.get(6), w.get(8), false),
        new Reorder(w.subList(5, 9)));
  }
}
