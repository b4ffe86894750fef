package dev.nncc.models.zoo;

/**
 * One entry of a shape that the graph computes: a constant, or a scalar int64 value whose number is
 * known here all the same.
 *
 * @param value name of the scalar, or empty for a constant
 * @param number what it is
 * @param inferred whether the graph says -1 and lets Reshape work it out
 */
record Extent(String value, long number, boolean inferred) {
  static Extent of(long number) {
    return new Extent("", number, false);
  }

  /** Written as -1. */
  static Extent rest(long number) {
    return new Extent("", number, true);
  }
}
