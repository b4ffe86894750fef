package dev.nncc.tensor.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Offsets of the values of a run in one arena. Values that are live at the same time never overlap.
 *
 * <p>Values with borders keep their place to themselves, or share it with values of the very same
 * geometry, so that a border written once stays good for every run. The rest is placed best-fit in
 * several orders, of which the smallest arena wins.
 *
 * @param offsets byte offset of each item, in the order of the items
 * @param bytes of the arena
 * @param lowerBound the largest sum of items live at one step
 */
public record MemoryPlan(List<Item> items, List<Long> offsets, long bytes, long lowerBound) {
  /** Cache line and widest vector. */
  public static final long ALIGNMENT = 64;

  /**
   * Something that needs memory from step {@code first} to step {@code last}, both included.
   *
   * @param geometry what must agree for two values with borders to share a place; empty for values
   *     without
   */
  public record Item(String name, long bytes, int first, int last, Optional<String> geometry) {}

  public MemoryPlan {
    items = List.copyOf(items);
    offsets = List.copyOf(offsets);
  }

  public static MemoryPlan of(List<Item> items) {
    List<Item> slots = new ArrayList<>();
    List<Integer> slotOf = slots(items, slots);
    List<Comparator<Integer>> orders =
        List.of(
            Comparator.comparing((Integer i) -> -slots.get(i).bytes()),
            Comparator.comparing((Integer i) -> slots.get(i).first()),
            Comparator.comparing(
                (Integer i) ->
                    -slots.get(i).bytes() * (slots.get(i).last() - slots.get(i).first() + 1L)));
    long[] best = null;
    long least = Long.MAX_VALUE;
    for (Comparator<Integer> order : orders) {
      List<Integer> sequence = new ArrayList<>();
      for (int i = 0; i < slots.size(); i++) {
        sequence.add(i);
      }
      sequence.sort(order.thenComparing(Comparator.naturalOrder()));
      long[] at = place(slots, sequence);
      long end = end(slots, at);
      if (end < least) {
        least = end;
        best = at;
      }
    }
    List<Long> offsets = new ArrayList<>();
    for (int slot : slotOf) {
      offsets.add(best == null ? 0 : best[slot]);
    }
    return new MemoryPlan(items, offsets, best == null ? 0 : least, lowerBound(items));
  }

  /**
   * Gives each item a slot: values with borders share slots by geometry, and such a slot lives for
   * the whole run.
   */
  private static List<Integer> slots(List<Item> items, List<Item> slots) {
    int end = items.stream().mapToInt(Item::last).max().orElse(0);
    Map<String, List<int[]>> free = new LinkedHashMap<>();
    List<Integer> sequence = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      sequence.add(i);
    }
    sequence.sort(
        Comparator.comparing((Integer i) -> items.get(i).first())
            .thenComparing(Comparator.naturalOrder()));
    Integer[] slotOf = new Integer[items.size()];
    for (int i : sequence) {
      Item item = items.get(i);
      if (item.geometry().isEmpty()) {
        slotOf[i] = slots.size();
        slots.add(item);
        continue;
      }
      // Pairs of slot and the last step that uses it.
      List<int[]> candidates = free.computeIfAbsent(item.geometry().get(), k -> new ArrayList<>());
      int[] chosen = null;
      for (int[] c : candidates) {
        if (c[1] < item.first()) {
          chosen = c;
          break;
        }
      }
      if (chosen == null) {
        chosen = new int[] {slots.size(), 0};
        candidates.add(chosen);
        slots.add(new Item(item.name(), item.bytes(), 0, end, item.geometry()));
      }
      chosen[1] = item.last();
      slotOf[i] = chosen[0];
    }
    return List.of(slotOf);
  }

  private static long[] place(List<Item> items, List<Integer> sequence) {
    long[] at = new long[items.size()];
    List<Integer> placed = new ArrayList<>();
    for (int i : sequence) {
      Item item = items.get(i);
      List<Integer> rivals = new ArrayList<>();
      for (int p : placed) {
        if (items.get(p).first() <= item.last() && item.first() <= items.get(p).last()) {
          rivals.add(p);
        }
      }
      rivals.sort(Comparator.comparing(p -> at[p]));
      at[i] = bestGap(items, at, rivals, aligned(item.bytes()));
      placed.add(i);
    }
    return at;
  }

  /** The tightest hole between the rivals that holds the size, or the place behind them. */
  private static long bestGap(List<Item> items, long[] at, List<Integer> rivals, long size) {
    long cursor = 0;
    long bestOffset = -1;
    long bestSlack = Long.MAX_VALUE;
    for (int p : rivals) {
      long slack = at[p] - cursor - size;
      if (slack >= 0 && slack < bestSlack) {
        bestSlack = slack;
        bestOffset = cursor;
      }
      cursor = Math.max(cursor, at[p] + aligned(items.get(p).bytes()));
    }
    return bestOffset >= 0 ? bestOffset : cursor;
  }

  private static long aligned(long bytes) {
    return (Math.max(bytes, 1) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  private static long end(List<Item> items, long[] at) {
    long end = 0;
    for (int i = 0; i < items.size(); i++) {
      end = Math.max(end, at[i] + aligned(items.get(i).bytes()));
    }
    return end;
  }

  private static long lowerBound(List<Item> items) {
    int steps = items.stream().mapToInt(Item::last).max().orElse(-1) + 1;
    long[] delta = new long[steps + 1];
    for (Item i : items) {
      delta[i.first()] += aligned(i.bytes());
      delta[i.last() + 1] -= aligned(i.bytes());
    }
    long live = 0;
    long most = 0;
    for (long d : delta) {
      live += d;
      most = Math.max(most, live);
    }
    return most;
  }
}
