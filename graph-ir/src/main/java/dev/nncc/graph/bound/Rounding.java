package dev.nncc.graph.bound;

import dev.nncc.graph.DType;
import dev.nncc.graph.Tensor;

/**
 * What one result of an element type loses by rounding.
 *
 * @param unit largest relative error
 * @param tiny largest error of numbers below the normal ones
 */
public record Rounding(double unit, double tiny, double greatest) {
  /** Roundings that programs may add or leave out, such as those of constants folded. */
  static final double SLACK = 16;

  public static Rounding of(DType t) {
    return switch (t) {
      case F64 -> new Rounding(0x1p-53, Double.MIN_VALUE, Double.MAX_VALUE);
      case F32 -> new Rounding(0x1p-24, Float.MIN_VALUE, Float.MAX_VALUE);
      case F16 -> new Rounding(0x1p-11, 0x1p-24, 65504);
      case BF16 -> new Rounding(0x1p-8, 0x1p-133, Float.MAX_VALUE);
      default -> new Rounding(0, 0, Double.MAX_VALUE);
    };
  }

  /** After {@code count} roundings at most, of numbers up to {@code magnitude}. */
  double of(double count, double magnitude) {
    double all = count + SLACK;
    // Near the largest number another order of the same terms may overflow.
    return !(magnitude < greatest / 16)
        ? Double.POSITIVE_INFINITY
        : all * (unit * magnitude + tiny);
  }

  /**
   * The value with errors, each of which is what the operands carry in, plus own roundings.
   *
   * @param carried from the operands; changed
   * @param magnitude of the terms that are rounded
   * @param count roundings of each
   */
  static Bounded add(Tensor value, double[] carried, double[] magnitude, double count) {
    if (!value.dtype().isFloat()) {
      return integers(value, carried);
    }
    Rounding r = of(value.dtype());
    for (int i = 0; i < carried.length; i++) {
      double e = carried[i] + r.of(count, magnitude[i]);
      carried[i] = Double.isNaN(e) ? Double.POSITIVE_INFINITY : e;
    }
    return Bounded.of(value, carried);
  }

  /** Integers are exact, or off by whole numbers. */
  static Bounded integers(Tensor value, double[] carried) {
    for (int i = 0; i < carried.length; i++) {
      carried[i] = carried[i] == 0 ? 0 : carried[i] < 1e15 ? Math.ceil(carried[i]) + 1 : 1 / 0.0;
    }
    return Bounded.of(value, carried);
  }
}
