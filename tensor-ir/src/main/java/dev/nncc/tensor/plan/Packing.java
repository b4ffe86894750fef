package dev.nncc.tensor.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Offsets for places, such that places that live at one time do not overlap, in as little memory as
 * can be found: best-fit in several orders, then a search over orders that moves what sticks out.
 * The search is limited by a count, so that the result depends on nothing but the places.
 *
 * @param offsets of each place
 * @param bytes where the last one ends
 */
record Packing(List<Long> offsets, long bytes) {
  /** Pairs of places that may be looked at. */
  private static final long BUDGET = 6_000_000;

  static Packing of(List<Place> places) {
    return new Search(places).run();
  }

  /** One search. */
  private static final class Search {
    private final List<Place> places;
    private final int n;
    private final long[] bytes;
    private final int[] first;
    private final int[] last;
    private final long bound;
    private long spent;
    private long[] best = new long[0];
    private int[] bestOrder = new int[0];
    private long least = Long.MAX_VALUE;

    Search(List<Place> places) {
      this.places = places;
      n = places.size();
      bytes = places.stream().mapToLong(Place::bytes).toArray();
      first = places.stream().mapToInt(Place::first).toArray();
      last = places.stream().mapToInt(Place::last).toArray();
      bound = Place.lowerBound(places);
    }

    Packing run() {
      if (n == 0) {
        return new Packing(List.of(), 0);
      }
      for (Comparator<Integer> order : orders()) {
        List<Integer> sequence = new ArrayList<>();
        for (int i = 0; i < n; i++) {
          sequence.add(i);
        }
        sequence.sort(order.thenComparing(Comparator.naturalOrder()));
        attempt(sequence.stream().mapToInt(Integer::intValue).toArray());
      }
      improve();
      List<Long> offsets = new ArrayList<>();
      for (long at : best) {
        offsets.add(at);
      }
      return new Packing(offsets, least);
    }

    private List<Comparator<Integer>> orders() {
      long[] crowd = crowds();
      return List.of(
          Comparator.comparing((Integer i) -> -bytes[i]),
          Comparator.comparing((Integer i) -> first[i]),
          Comparator.comparing((Integer i) -> -bytes[i] * (last[i] - first[i] + 1L)),
          Comparator.comparing((Integer i) -> -crowd[i]).thenComparing(i -> -bytes[i]),
          Comparator.comparing((Integer i) -> -(last[i] - first[i])).thenComparing(i -> -bytes[i]));
    }

    /** For each place the most that is live while it is. */
    private long[] crowds() {
      int steps = places.stream().mapToInt(Place::last).max().orElse(-1) + 1;
      long[] live = new long[steps];
      for (Place p : places) {
        for (int s = p.first(); s <= p.last(); s++) {
          live[s] += p.bytes();
        }
      }
      long[] crowd = new long[n];
      for (int i = 0; i < n; i++) {
        for (int s = first[i]; s <= last[i]; s++) {
          crowd[i] = Math.max(crowd[i], live[s]);
        }
      }
      return crowd;
    }

    /** Whether the order is at least as good as the best so far, which it then replaces. */
    private boolean attempt(int[] order) {
      if (least == bound) {
        return false;
      }
      long[] at = place(order);
      long end = 0;
      for (int i = 0; i < n; i++) {
        end = Math.max(end, at[i] + bytes[i]);
      }
      if (end > least) {
        return false;
      }
      least = end;
      best = at;
      bestOrder = order;
      return true;
    }

    /** What ends last, or what it rests on, is placed earlier; ties are taken, to move on. */
    private void improve() {
      SplittableRandom random = new SplittableRandom(n);
      while (least > bound && spent < BUDGET) {
        int[] order = bestOrder.clone();
        int from = position(order, random);
        int to = random.nextInt(from + 1);
        int moved = order[from];
        System.arraycopy(order, to, order, to + 1, from - to);
        order[to] = moved;
        attempt(order);
      }
    }

    private int position(int[] order, SplittableRandom random) {
      List<Integer> top = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        int place = order[i];
        boolean highest = best[place] + bytes[place] == least;
        if (highest || random.nextInt(8) == 0) {
          top.add(i);
        }
      }
      spent += n;
      return top.get(random.nextInt(top.size()));
    }

    /** Each in the tightest hole between the rivals that are placed, or behind them. */
    private long[] place(int[] order) {
      long[] at = new long[n];
      int[] byOffset = new int[n];
      for (int count = 0; count < n; count++) {
        int i = order[count];
        long cursor = 0;
        long hole = -1;
        long slack = Long.MAX_VALUE;
        for (int k = 0; k < count; k++) {
          int p = byOffset[k];
          if (first[p] > last[i] || first[i] > last[p]) {
            continue;
          }
          long left = at[p] - cursor - bytes[i];
          if (left >= 0 && left < slack) {
            slack = left;
            hole = cursor;
          }
          cursor = Math.max(cursor, at[p] + bytes[p]);
        }
        at[i] = hole >= 0 ? hole : cursor;
        int k = count;
        while (k > 0 && at[byOffset[k - 1]] > at[i]) {
          byOffset[k] = byOffset[k - 1];
          k--;
        }
        byOffset[k] = i;
        spent += count;
      }
      return at;
    }
  }
}
