package dev.nncc.graph;

/** Conversions of the 16-bit float formats, round to nearest even. Java 17 has none of its own. */
public final class Half {
  private Half() {}

  public static float toFloat(short half) {
    int sign = (half & 0x8000) << 16;
    int exponent = half >> 10 & 0x1F;
    int fraction = half & 0x3FF;
    if (exponent == 0x1F) {
      return Float.intBitsToFloat(sign | 0x7F800000 | fraction << 13);
    }
    if (exponent == 0) {
      float magnitude = fraction * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    return Float.intBitsToFloat(sign | exponent + 112 << 23 | fraction << 13);
  }

  public static short fromDouble(double value) {
    int sign = (int) (Double.doubleToRawLongBits(value) >>> 48 & 0x8000);
    double a = Math.abs(value);
    if (Double.isNaN(value)) {
      return (short) (sign | 0x7E00);
    }
    if (a >= 65520) {
      return (short) (sign | 0x7C00);
    }
    if (a < 0x1p-14) {
      return (short) (sign | (int) Math.rint(a * 0x1p24));
    }
    int e = Math.getExponent(a);
    int m = (int) Math.rint(Math.scalb(a, 10 - e));
    return (short) (sign | (e + 15 << 10) + (m - 1024));
  }

  public static short bfloatFromDouble(double value) {
    if (Double.isNaN(value)) {
      return 0x7FC0;
    }
    float f = (float) value;
    int bits = Float.floatToRawIntBits(f);
    // A second rounding is harmless unless the float sits on a tie of the bfloat grid: then the
    // exact value decides.
    int low = bits & 0xFFFF;
    int up = bits >>> 16;
    boolean above =
        low > 0x8000
            || low == 0x8000
                && (Math.abs(value) > Math.abs((double) f)
                    || (Math.abs(value) == Math.abs((double) f) && (up & 1) == 1));
    return (short) (above && !Float.isInfinite(f) ? up + 1 : up);
  }
}
