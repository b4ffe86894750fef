package dev.nncc.compiler.run;

import dev.nncc.graph.Compare;
import dev.nncc.graph.DType;
import dev.nncc.graph.Tensor;
import java.util.Locale;
import java.util.Optional;

/**
 * How far an output may be from what another program computed. Integers and bools are exact.
 *
 * @param measure of the distance of floats
 * @param limit of outputs of 32 and 64 bits; coarser types have a floor of their own
 */
public record Tolerance(Measure measure, double limit) {
  /** What is measured. */
  public enum Measure {
    /** The Euclidean norm of the differences against that of the reference. */
    RELATIVE_L2("relative L2"),
    /** The largest difference against the reference's largest element and {@link #ROOM}. */
    OF_MAXIMUM("of the maximum");

    private final String text;

    Measure(String text) {
      this.text = text;
    }
  }

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

  /** {@code 1e-4 * max|reference| + 1e-5} is 1e-4 of a maximum with this much added. */
  private static final double ROOM = 0.1;

  /**
   * Where the reference is one run of another program in fp32, and nobody has measured how well it
   * is known: {@code max|difference| <= 1e-4 * max|reference| + 1e-5}.
   */
  public static final Tolerance OF_ONE_RUN = new Tolerance(Measure.OF_MAXIMUM, 1e-4);

  public Tolerance {
    if (!(limit >= 0)) {
      throw new IllegalArgumentException("tolerance " + limit);
    }
  }

  /** A limit of the relative L2 distance. */
  public Tolerance(double relativeL2) {
    this(Measure.RELATIVE_L2, relativeL2);
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
      case F16 -> Math.max(limit, 0x1p-8);
      case BF16 -> Math.max(limit, 0x1p-5);
      case F32, F64 -> limit;
      default -> 0;
    };
  }

  /** The tolerance for a model whose products have factors of that type. */
  public Tolerance ofFactors(DType stored) {
    return new Tolerance(measure, limit(stored));
  }

  /**
   * A line that says what the tolerance became for factors of that type; empty where they change
   * nothing.
   */
  public Optional<String> noteOfFactors(DType stored) {
    return limit(stored) == limit
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "%.2g (factors of products are %s: 8 units in the last place)",
                limit(stored),
                stored.text()));
  }

  /** What is measured; 0 or infinity for integers and bools. */
  public double distance(Tensor actual, Tensor expected) {
    return measure == Measure.RELATIVE_L2
        ? Compare.relativeL2(actual, expected)
        : Compare.ofMaximum(actual, expected, ROOM);
  }

  /** Compares one output. */
  public Verdict check(String name, Tensor actual, Tensor expected) {
    if (!actual.type().equals(expected.type())) {
      String text = String.format("%s is %s, expected %s", name, actual.type(), expected.type());
      return new Verdict(name, false, Double.POSITIVE_INFINITY, 0, text);
    }
    double limit = limit(expected.dtype());
    double difference = distance(actual, expected);
    if (difference <= limit) {
      return new Verdict(
          name, true, difference, limit, describe(name, difference, "at most", limit));
    }
    String text =
        describe(name, difference, "above", limit) + "; " + Compare.worst(actual, expected);
    return new Verdict(name, false, difference, limit, text);
  }

  private String describe(String name, double difference, String relation, double limit) {
    return limit == 0
        ? name + (difference == 0 ? ": equal" : ": differs")
        : String.format(
            Locale.ROOT, "%s: %s %.2g, %s %.2g", name, measure.text, difference, relation, limit);
  }

  /**
   * What a comparison found.
   *
   * @param difference as measured; infinite where types, integers or special values differ
   * @param text one line with the figures, and the worst element where it failed
   */
  public record Verdict(
      String name, boolean passed, double difference, double limit, String text) {}
}
