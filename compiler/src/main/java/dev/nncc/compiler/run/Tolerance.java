package dev.nncc.compiler.run;

import dev.nncc.graph.Compare;
import dev.nncc.graph.DType;
import dev.nncc.graph.Tensor;
import java.util.Locale;

/**
 * How far an output may be from what another program computed: the relative L2 distance of floats.
 * Integers and bools are exact.
 *
 * @param relativeL2 of outputs of 32 and 64 bits; coarser types have a floor of their own
 */
public record Tolerance(double relativeL2) {
  /**
   * Reassociated sums of a deep fp32 network: a few hundred roundings of 6e-8 that mostly cancel.
   */
  public static final double FLOOR = 1e-5;

  /** Room above the difference between two runs of the program that made the reference. */
  private static final double MARGIN = 20;

  /** No fp32 model needs more, unless the reference itself is known no better. */
  private static final double CEILING = 1e-3;

  /** Where nothing is known of the reference. */
  public static final Tolerance DEFAULT = new Tolerance(FLOOR);

  /**
   * Where the reference is one run of another program, of which nobody has measured how well it is
   * known: it may be as far from exact arithmetic as we may, to the other side.
   */
  public static final Tolerance OF_ONE_RUN = new Tolerance(2 * FLOOR);

  public Tolerance {
    if (!(relativeL2 >= 0)) {
      throw new IllegalArgumentException("tolerance " + relativeL2);
    }
  }

  /**
   * The tolerance for an output whose reference is known to within {@code difference}: that of two
   * optimisation levels of the program that computed it.
   */
  public static Tolerance ofRecorded(double difference) {
    double wide = Math.min(MARGIN * difference, Math.max(CEILING, difference));
    return new Tolerance(Math.max(FLOOR, wide));
  }

  /**
   * The limit for an element type. Values that are stored with 11 or 8 bits are rounded once a
   * layer: eight units in the last place for a whole network.
   */
  public double limit(DType dtype) {
    return switch (dtype) {
      case F16 -> Math.max(relativeL2, 0x1p-8);
      case BF16 -> Math.max(relativeL2, 0x1p-5);
      case F32, F64 -> relativeL2;
      default -> 0;
    };
  }

  /** The tolerance for a model whose products have factors of that type. */
  public Tolerance ofFactors(DType stored) {
    return new Tolerance(limit(stored));
  }

  /** Compares one output. */
  public Verdict check(String name, Tensor actual, Tensor expected) {
    if (!actual.type().equals(expected.type())) {
      String text = String.format("%s is %s, expected %s", name, actual.type(), expected.type());
      return new Verdict(name, false, Double.POSITIVE_INFINITY, 0, text);
    }
    double limit = limit(expected.dtype());
    double difference = Compare.relativeL2(actual, expected);
    if (difference <= limit) {
      return new Verdict(
          name, true, difference, limit, describe(name, difference, "at most", limit));
    }
    String text =
        describe(name, difference, "above", limit) + "; " + Compare.worst(actual, expected);
    return new Verdict(name, false, difference, limit, text);
  }

  private static String describe(String name, double difference, String relation, double limit) {
    return limit == 0
        ? name + (difference == 0 ? ": equal" : ": differs")
        : String.format(
            Locale.ROOT, "%s: relative L2 %.2g, %s %.2g", name, difference, relation, limit);
  }

  /**
   * What a comparison found.
   *
   * @param difference relative L2; infinite where types, integers or special values differ
   * @param text one line with the figures, and the worst element where it failed
   */
  public record Verdict(
      String name, boolean passed, double difference, double limit, String text) {}
}
