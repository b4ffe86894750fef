package dev.nncc.tensor.schedule;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

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

  /**
   * The same where axes may overlap, as those of a window and of what slides over it.
   *
   * @param sizes iterations by axis
   */
  double lines(Map<String, Long> sizes) {
    NavigableMap<Long, Long> steps = new TreeMap<>();
    sizes.forEach((a, e) -> steps.merge(Math.abs(at(a)), e - 1, Long::sum));
    double count = 1;
    double run = 1;
    for (Map.Entry<Long, Long> e : steps.entrySet()) {
      if (e.getKey() <= run || e.getKey() * bytes <= LINE) {
        run += e.getKey() * e.getValue();
      } else {
        count *= e.getValue() + 1;
      }
    }
    return count * Math.ceil(run * bytes / LINE) * LINE;
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

  /** Whether the same element is reached from fewer than {@code extent} iterations of a window. */
  boolean overlaps(String data, String reduced, long extent) {
    long r = at(reduced);
    long d = at(data);
    return r != 0
        && d != 0
        && r != IRREGULAR
        && d != IRREGULAR
        && d % r == 0
        && Math.abs(d / r) < extent;
  }

  /** Bytes that a step goes on by; 0 where that is not known. */
  long pitch(Axis a) {
    long step = Math.abs(at(a.name()));
    return step == IRREGULAR ? 0 : step * bytes;
  }
}
