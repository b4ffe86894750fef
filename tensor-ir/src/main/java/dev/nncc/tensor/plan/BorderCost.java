package dev.nncc.tensor.plan;

import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.storage.Storage;
import java.util.List;
import java.util.Map;

/**
 * Whether keeping places with borders apart saves time. Apart, no border is written in a run, but
 * the run walks over more memory than the caches near a core hold. Measured on one core of a Zen 5:
 * apart was 2 % faster on a network of 0.6 MB and 3 to 7 % slower on networks of 5 to 20 MB.
 */
record BorderCost(Map<Memory, Integer> placeOf, List<Place> places, Placement placement) {
  /** An arena up to this size stays in the second-level cache. */
  private static final long CACHE = 1 << 20;

  /** Of a value that has left the second-level cache. */
  private static final double FAR_BYTES_PER_NANOSECOND = 40;

  /** Of short runs of stores. */
  private static final double BORDER_BYTES_PER_NANOSECOND = 16;

  private static final double CALL_NANOSECONDS = 300;

  /** One of two packings of the places. */
  Packing cheaper(Packing apart, Packing dense) {
    long far = apart.bytes() - Math.max(dense.bytes(), CACHE);
    return far / FAR_BYTES_PER_NANOSECOND > nanoseconds(dense) ? dense : apart;
  }

  /** Of all borders that are written in a run. */
  private double nanoseconds(Packing packing) {
    List<Borders.When> when = Borders.of(places, packing.offsets());
    boolean[] counted = new boolean[places.size()];
    double sum = 0;
    for (Map.Entry<Memory, Integer> e : placeOf.entrySet()) {
      int i = e.getValue();
      if (when.get(i) == Borders.When.EACH_RUN && !counted[i]) {
        counted[i] = true;
        Storage s = placement.storage(e.getKey().root().orElseThrow());
        long inside = s.extents().stream().reduce(1L, (a, b) -> a * b);
        long border = (s.elements() - inside) * s.dtype().bytes();
        sum += CALL_NANOSECONDS + border / BORDER_BYTES_PER_NANOSECOND;
      }
    }
    return sum;
  }
}
