package dev.nncc.graph.op;

/**
 * The samples that {@link Resize} takes along one axis: for every result position the operand
 * positions and their weights, 1 for nearest, 2 for linear, 4 for cubic (Keys' kernel, "Cubic
 * convolution interpolation for digital image processing", 1981). Positions are within the operand.
 */
public final class ResizeTaps {
  private final int count;
  private final long[] positions;
  private final double[] weights;

  private ResizeTaps(int size, int count) {
    this.count = count;
    positions = new long[Math.multiplyExact(size, count)];
    weights = new double[positions.length];
  }

  /**
   * @param axis of the operand and the result
   * @param extent of the operand along it
   */
  public static ResizeTaps of(Resize resize, int axis, long extent) {
    int size = Math.toIntExact(resize.sizes().get(axis));
    int count =
        switch (resize.mode()) {
          case NEAREST -> 1;
          case LINEAR -> 2;
          case CUBIC -> 4;
        };
    ResizeTaps taps = new ResizeTaps(size, count);
    for (int i = 0; i < size; i++) {
      double x = coordinate(resize, axis, extent, i);
      if (count == 1) {
        taps.set(i, 0, clamp(nearest(resize.rounding(), x), extent), 1);
      } else {
        taps.interpolate(resize, i, x, extent);
      }
    }
    return taps;
  }

  /** Result positions. */
  public int size() {
    return positions.length / count;
  }

  /** Samples for each of them. */
  public int count() {
    return count;
  }

  public long position(int result, int tap) {
    return positions[result * count + tap];
  }

  public double weight(int result, int tap) {
    return weights[result * count + tap];
  }

  /** Whether the axis stays as it is. */
  public boolean isIdentity(long extent) {
    boolean same = size() == extent;
    for (int i = 0; same && i < positions.length; i++) {
      same = weights[i] == 0 || positions[i] == i / count;
    }
    return same;
  }

  private void set(int result, int tap, long position, double weight) {
    positions[result * count + tap] = position;
    weights[result * count + tap] = weight;
  }

  private void interpolate(Resize resize, int i, double x, long extent) {
    double base = Math.floor(x);
    double sum = 0;
    for (int t = 0; t < count; t++) {
      double p = base + t - (count / 2 - 1);
      double distance = Math.abs(x - p);
      double w = count == 2 ? 1 - distance : cubic(resize.cubicA(), distance);
      boolean outside = p < 0 || p > extent - 1;
      set(i, t, clamp(p, extent), outside && resize.excludeOutside() ? 0 : w);
      sum += weight(i, t);
    }
    if (resize.excludeOutside() && sum != 0) {
      for (int t = 0; t < count; t++) {
        weights[i * count + t] /= sum;
      }
    }
  }

  private static double cubic(double a, double d) {
    if (d <= 1) {
      return ((a + 2) * d - (a + 3)) * d * d + 1;
    }
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
  }

  private static long clamp(double p, long extent) {
    return (long) Math.max(0, Math.min(extent - 1, p));
  }

  private static double nearest(ResizeRounding rounding, double x) {
    return switch (rounding) {
      case FLOOR -> Math.floor(x);
      case CEIL -> Math.ceil(x);
      case ROUND_PREFER_FLOOR -> x == Math.floor(x) + 0.5 ? Math.floor(x) : Math.rint(x);
      case ROUND_PREFER_CEIL -> Math.floor(x + 0.5);
    };
  }

  private static double coordinate(Resize resize, int axis, long extent, int i) {
    double scale = resize.scales().get(axis);
    long size = resize.sizes().get(axis);
    return switch (resize.coordinates()) {
      case HALF_PIXEL -> (i + 0.5) / scale - 0.5;
      case HALF_PIXEL_SYMMETRIC -> {
        // The result may be cut to a whole number of elements: keep its centre on the operand's.
        double adjustment = size / (scale * extent);
        double offset = extent / 2.0 * (1 - adjustment);
        yield offset + (i + 0.5) / scale - 0.5;
      }
      case PYTORCH_HALF_PIXEL -> size > 1 ? (i + 0.5) / scale - 0.5 : 0;
      case ALIGN_CORNERS -> size > 1 ? (double) i * (extent - 1) / (size - 1) : 0;
      case ASYMMETRIC -> i / scale;
    };
  }
}
