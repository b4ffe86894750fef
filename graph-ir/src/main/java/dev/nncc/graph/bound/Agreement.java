package dev.nncc.graph.bound;

import dev.nncc.graph.Tensor;
import java.util.Locale;
import java.util.Optional;

/**
 * How a tensor compares with bounds.
 *
 * @param element the linear index of the one farthest off, by its bound
 * @param actual that element
 * @param expected what it should be
 * @param bound how far it may be off
 * @param ratio distance by bound; above 1 is wrong; 0 where all are equal
 * @param checked elements that have a bound
 */
public record Agreement(
    long element, double actual, double expected, double bound, double ratio, long checked) {
  /** Compares with what is expected. */
  public static Agreement of(Tensor actual, Bounded expected) {
    return of(Bounded.exact(actual), expected);
  }

  /** Compares two evaluations, each with its own bounds. */
  public static Agreement of(Bounded actual, Bounded expected) {
    if (!actual.value().type().equals(expected.value().type())) {
      throw new IllegalArgumentException(
          actual.value().type() + " compared with " + expected.value().type());
    }
    double[] a = actual.value().toDoubles();
    double[] e = expected.value().toDoubles();
    double[] ea = actual.errors();
    double[] ee = expected.errors();
    Agreement worst = new Agreement(0, 0, 0, 0, 0, 0);
    long checked = 0;
    for (int i = 0; i < a.length; i++) {
      double bound = ea[i] + ee[i];
      if (bound == Double.POSITIVE_INFINITY) {
        continue;
      }
      checked++;
      double d = Wide.distance(a[i], e[i]);
      double ratio = d == 0 ? 0 : bound == 0 ? Double.POSITIVE_INFINITY : d / bound;
      if (ratio > worst.ratio) {
        worst = new Agreement(i, a[i], e[i], bound, ratio, 0);
      }
    }
    return new Agreement(
        worst.element, worst.actual, worst.expected, worst.bound, worst.ratio, checked);
  }

  public boolean isRight() {
    return ratio <= 1;
  }

  /** {@code [0,3] is 1.5, expected 1.25 within 1e-6}; empty when all is right. */
  public Optional<String> problem(Tensor like) {
    if (isRight()) {
      return Optional.empty();
    }
    StringBuilder place = new StringBuilder();
    long[] strides = like.shape().strides();
    for (int axis = 0; axis < strides.length; axis++) {
      place.append(axis == 0 ? "" : ",").append(element / strides[axis] % like.shape().dim(axis));
    }
    return Optional.of(
        String.format(
            Locale.ROOT, "[%s] is %s, expected %s within %.3g", place, actual, expected, bound));
  }
}
