package dev.nncc.tensor.plan;

import java.util.List;
import java.util.Optional;

/**
 * Something that needs memory from step {@code first} to step {@code last}, both included.
 *
 * @param bytes in whole lines
 * @param border what must agree for two places to leave each other's borders intact; empty for one
 *     without borders
 */
record Place(long bytes, int first, int last, Optional<String> border) {
  boolean meets(Place o) {
    return first <= o.last && o.first <= last;
  }

  /** The most that is live at one step. */
  static long lowerBound(List<Place> places) {
    int steps = places.stream().mapToInt(Place::last).max().orElse(-1) + 1;
    long[] change = new long[steps + 1];
    for (Place p : places) {
      change[p.first()] += p.bytes();
      change[p.last() + 1] -= p.bytes();
    }
    long live = 0;
    long most = 0;
    for (long c : change) {
      live += c;
      most = Math.max(most, live);
    }
    return most;
  }
}
