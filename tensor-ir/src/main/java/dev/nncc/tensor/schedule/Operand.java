package dev.nncc.tensor.schedule;

import java.util.Map;

/**
 * One access as the rule sees it: how far a step along each axis moves in memory.
 *
 * @param strides in elements by axis; absent when the access does not depend on it
 * @param write what is stored, not loaded
 * @param inner happens at every step of a reduction, not once an element
 */
record Operand(String buffer, int bytes, Map<String, Long> strides, boolean write, boolean inner) {
  /** The stride of an access that is no linear function of the axis. */
  static final long IRREGULAR = 1L << 40;

  boolean on(String axis) {
    return strides.containsKey(axis);
  }

  long at(String axis) {
    return strides.getOrDefault(axis, 0L);
  }

  private static final long LINE = 64;

  /**
   * Bytes of the cache lines that a block touches.
   *
   * @param sizes iterations by axis; axes that are absent stand still
   */
  double footprint(Map<String, Long> sizes) {
    double count = 1;
    for (Map.Entry<String, Long> e : sizes.entrySet()) {
      count *= on(e.getKey()) ? e.getValue() : 1;
    }
    double run = Math.min(run(sizes), count);
    double line = Math.ceil(run * bytes / LINE) * LINE;
    return count / run * line;
  }

  /** Elements next to each other in a block. */
  long run(Map<String, Long> sizes) {
    long run = 1;
    boolean grows = true;
    while (grows) {
      grows = false;
      for (Map.Entry<String, Long> e : sizes.entrySet()) {
        if (e.getValue() > 1 && Math.abs(at(e.getKey())) == run) {
          run *= e.getValue();
          grows = true;
        }
      }
    }
    return run;
  }

  /** Neighbouring iterations touch neighbouring elements, or the same one. */
  boolean isStraight(String axis) {
    long k = at(axis);
    return k == 0 || k == 1;
  }
}
