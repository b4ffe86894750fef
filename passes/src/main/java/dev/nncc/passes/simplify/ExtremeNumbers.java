package dev.nncc.passes.simplify;

import dev.nncc.graph.DType;

/** Numbers at the ends of what a type holds, where a double tells them from their neighbours. */
final class ExtremeNumbers {
  private ExtremeNumbers() {}

  static boolean isLowest(double c, DType t) {
    return isDistinct(t) && c == t.lowest();
  }

  static boolean isHighest(double c, DType t) {
    return isDistinct(t) && c == t.highest();
  }

  /** Whether an integer or bool has all bits set. */
  static boolean isAllOnes(double c, DType t) {
    if (t == DType.BOOL) {
      return c == 1;
    }
    return t.isInteger() && (t.isSigned() ? c == -1 : isHighest(c, t));
  }

  /** Integers of 64 bits near the ends are one and the same double. */
  private static boolean isDistinct(DType t) {
    return t.isFloat() || t.bytes() < 8;
  }
}
