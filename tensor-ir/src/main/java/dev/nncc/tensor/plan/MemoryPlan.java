package dev.nncc.tensor.plan;

import dev.nncc.graph.Origin;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where the values of a run lie in one arena. Values that are live at the same time never overlap,
 * but for a result that takes over the memory of an operand which dies there.
 *
 * @param allocations what lies in the arena, in the order of first use
 * @param bytes of the arena
 * @param lowerBound no plan of these steps is smaller: the most that is live at one step, borders
 *     and padding included
 */
public record MemoryPlan(
    ArenaMode mode, List<Allocation> allocations, long bytes, long lowerBound) {
  /** Cache line and widest vector. */
  public static final long ALIGNMENT = 64;

  /**
   * Memory of one value and of all its views, or of a kernel's intermediate results.
   *
   * @param name of the value in the graph after all passes; {@code scratch} for intermediate
   *     results
   * @param origin the nodes of the source model that write it
   * @param offset of the first byte in the arena, a multiple of {@link #ALIGNMENT}
   * @param bytes with borders and padding lanes
   * @param first step that touches it, an index into {@link RunPlan#steps()}
   * @param last step that touches it
   * @param inPlace whether it takes over the memory of an operand, which is at the same offset and
   *     ends at the step where this one begins
   */
  public record Allocation(
      String name, Origin origin, long offset, long bytes, int first, int last, boolean inPlace) {
    /** One past the last byte that nothing else may use. */
    public long end() {
      return offset + aligned(bytes);
    }
  }

  public MemoryPlan {
    allocations = List.copyOf(allocations);
  }

  /**
   * Bytes that hold something at each step, in whole lines; the greatest is {@link #lowerBound}.
   */
  public List<Long> live() {
    int steps = allocations.stream().mapToInt(Allocation::last).max().orElse(-1) + 1;
    List<Map<Long, Long>> at = new ArrayList<>();
    for (int s = 0; s < steps; s++) {
      at.add(new LinkedHashMap<>());
    }
    for (Allocation a : allocations) {
      for (int s = a.first(); s <= a.last(); s++) {
        at.get(s).merge(a.offset(), aligned(a.bytes()), Math::max);
      }
    }
    return at.stream().map(m -> m.values().stream().mapToLong(Long::longValue).sum()).toList();
  }

  /** In whole lines, at least one. */
  static long aligned(long bytes) {
    return (Math.max(bytes, 1) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }
}
