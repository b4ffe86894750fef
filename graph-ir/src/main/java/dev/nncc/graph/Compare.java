package dev.nncc.graph;

/** How far a tensor is from what it should be. */
public final class Compare {
  private Compare() {}

  /**
   * {@code |actual - expected| / |expected|} with Euclidean norms over all elements. Integers and
   * bools are exact: 0 or infinity. A NaN or an infinity counts as no difference where the other
   * tensor has the same, and makes the result infinite where it has not. The norm of expected is
   * never taken for smaller than that of a tensor full of the least normal float.
   *
   * @throws IllegalArgumentException if the types differ
   */
  public static double relativeL2(Tensor actual, Tensor expected) {
    Norm norm = new Euclidean();
    double difference = difference(actual, expected, new Euclidean(), norm);
    double least = Float.MIN_NORMAL * Math.sqrt(Math.max(1, expected.elements()));
    return difference / Math.max(norm.value(), least);
  }

  /**
   * {@code max|actual - expected| / (max|expected| + room)}. Integers, bools, NaN and infinities as
   * for {@link #relativeL2}.
   *
   * @param room above 0
   * @throws IllegalArgumentException if the types differ
   */
  public static double ofMaximum(Tensor actual, Tensor expected, double room) {
    Norm norm = new Maximum();
    double difference = difference(actual, expected, new Maximum(), norm);
    return difference / (norm.value() + room);
  }

  /** The norm of what differs; adds the expected elements to the other norm. */
  private static double difference(Tensor actual, Tensor expected, Norm difference, Norm norm) {
    if (!actual.type().equals(expected.type())) {
      throw new IllegalArgumentException(actual.type() + " compared with " + expected.type());
    }
    if (!expected.dtype().isFloat()) {
      return java.util.Arrays.equals(actual.toLongs(), expected.toLongs())
          ? 0
          : Double.POSITIVE_INFINITY;
    }
    double[] a = actual.toDoubles();
    double[] e = expected.toDoubles();
    for (int i = 0; i < e.length; i++) {
      if (same(a[i], e[i])) {
        norm.add(Double.isFinite(e[i]) ? e[i] : 0);
      } else if (Double.isFinite(a[i]) && Double.isFinite(e[i])) {
        difference.add(a[i] - e[i]);
        norm.add(e[i]);
      } else {
        return Double.POSITIVE_INFINITY;
      }
    }
    return difference.value();
  }

  private static boolean same(double a, double e) {
    return a == e || Double.isNaN(a) && Double.isNaN(e);
  }

  /** The element that is farthest off, for messages: {@code [0,3]: 1.5, expected 1.25}. */
  public static String worst(Tensor actual, Tensor expected) {
    Tensor.Elements a = actual.reader();
    Tensor.Elements e = expected.reader();
    long at = -1;
    double most = -1;
    for (long i = 0, n = Math.min(actual.elements(), expected.elements()); i < n; i++) {
      double d = Math.abs(a.number(i) - e.number(i));
      double off = same(a.number(i), e.number(i)) ? 0 : Double.isNaN(d) ? Double.MAX_VALUE : d;
      if (off > most) {
        most = off;
        at = i;
      }
    }
    if (at < 0) {
      return "no elements";
    }
    StringBuilder place = new StringBuilder();
    long[] strides = expected.shape().strides();
    for (int axis = 0; axis < strides.length; axis++) {
      long index = at / strides[axis] % expected.shape().dim(axis);
      place.append(axis == 0 ? "" : ",").append(index);
    }
    return "[" + place + "]: " + text(actual, at) + ", expected " + text(expected, at);
  }

  private static String text(Tensor t, long at) {
    return t.dtype().isFloat()
        ? Double.toString(t.reader().number(at))
        : t.dtype() == DType.U64
            ? Long.toUnsignedString(t.reader().integer(at))
            : Long.toString(t.reader().integer(at));
  }

  /** Grows by one element after the other. */
  private interface Norm {
    void add(double v);

    double value();
  }

  private static final class Maximum implements Norm {
    private double value;

    @Override
    public void add(double v) {
      value = Math.max(value, Math.abs(v));
    }

    @Override
    public double value() {
      return value;
    }
  }

  /** A Euclidean norm that does not overflow where its value does not. */
  private static final class Euclidean implements Norm {
    private double scale;
    private double sum;

    @Override
    public void add(double v) {
      double a = Math.abs(v);
      if (a > scale) {
        sum = 1 + sum * (scale / a) * (scale / a);
        scale = a;
      } else if (a > 0) {
        sum += (a / scale) * (a / scale);
      }
    }

    @Override
    public double value() {
      return scale * Math.sqrt(sum);
    }
  }
}
