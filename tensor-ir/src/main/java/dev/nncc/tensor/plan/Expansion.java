package dev.nncc.tensor.plan;

import dev.nncc.tensor.constant.Packed;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * When weights get the form that Winograd's and Strassen's algorithms multiply with, which has up
 * to four times as many bytes as the weights of the model.
 */
public enum Expansion {
  /**
   * As {@link #COMPILE} while all weights become at most half as large again by it. Else what grows
   * most, and at least twofold, is made as with {@link #LOAD} until they do.
   */
  AUTO,
  /** The library holds them as the model does; its first context makes the form, for all. */
  LOAD,
  /** The library holds them in that form, which processes that load it share. */
  COMPILE;

  /**
   * Fresh memory may take far longer than pages of a file that are in memory already, and a library
   * that loads at once is of no use where it is too large to ship.
   */
  private static final double LARGEST = 1.5;

  /** Of what grows less there is much to make and little to spare. */
  private static final double LEAST_GROWTH = 2;

  /**
   * From which growth on forms are made when a library is loaded.
   *
   * @param constants those of one plan, each once
   * @param room bytes that a library can hold
   */
  double leastGrowthMade(Collection<Packed> constants, long room) {
    if (this != AUTO) {
      return this == LOAD ? 0 : Double.POSITIVE_INFINITY;
    }
    TreeSet<Double> choices = new TreeSet<>(Set.of(Double.POSITIVE_INFINITY));
    constants.stream().map(Expansion::growth).filter(g -> g >= LEAST_GROWTH).forEach(choices::add);
    double most = Math.min(LARGEST * stored(constants, p -> false), room);
    return choices.descendingSet().stream()
        .filter(least -> stored(constants, p -> growth(p) < least) <= most)
        .findFirst()
        .orElse(choices.first());
  }

  /** Bytes of a form for each byte of the weights that it is made of; 0 for other constants. */
  static double growth(Packed p) {
    return p.combination().isPresent() ? (double) p.bytes() / p.source().type().bytes() : 0;
  }

  private static long stored(Collection<Packed> constants, Predicate<Packed> expanded) {
    return constants.stream()
        .mapToLong(
            p ->
                p.combination().isEmpty() || expanded.test(p)
                    ? p.bytes()
                    : p.source().type().bytes())
        .sum();
  }

  /** As users write it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
