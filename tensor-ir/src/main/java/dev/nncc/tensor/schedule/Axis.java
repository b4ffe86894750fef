package dev.nncc.tensor.schedule;

/**
 * A loop as the rule sees it.
 *
 * @param extent iterations; a guess where {@code symbolic}
 * @param reduce one of a reduction's own loops
 */
record Axis(String name, long extent, boolean reduce, boolean symbolic) {}
