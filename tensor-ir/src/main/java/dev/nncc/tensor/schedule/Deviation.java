package dev.nncc.tensor.schedule;

import java.util.ArrayList;
import java.util.List;

/**
 * Where a search departs from the rule: what the rule finds next best, for every nest of a kernel.
 * Any deviation gives a schedule that is legal, since directives check that.
 *
 * @param tile which register tile, counted from the cheapest
 * @param order which order of the loops around the tile, counted from the cheapest
 * @param ahead bytes between a hint and its use; 0: no hints; -1: as the rule has it
 * @param shorter by which the steps are divided that a loop around the tile takes at a time
 */
public record Deviation(int tile, int order, long ahead, int shorter) {
  /** None. */
  public static final Deviation NONE = new Deviation(0, 0, -1, 1);

  private static final int TILES = 5;

  /** About ten, those that help most often first. */
  public static List<Deviation> all() {
    List<Deviation> l = new ArrayList<>();
    l.add(new Deviation(1, 0, -1, 1));
    l.add(new Deviation(0, 1, -1, 1));
    l.add(new Deviation(2, 0, -1, 1));
    l.add(new Deviation(0, 0, 0, 1));
    l.add(new Deviation(0, 0, -1, 2));
    l.add(new Deviation(0, 0, 8 << 10, 1));
    for (int tile = 3; tile <= TILES; tile++) {
      l.add(new Deviation(tile, 0, -1, 1));
    }
    l.add(new Deviation(0, 0, 64 << 10, 1));
    return l;
  }

  /** The distance of hints where the rule takes {@code usual}. */
  long ahead(long usual) {
    return ahead < 0 ? usual : ahead;
  }
}
