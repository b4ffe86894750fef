package dev.nncc.tensor.schedule;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the loads of a register tile take.
 *
 * @param lane the axis of the vector's lanes
 * @param window reduced axes that are unrolled around the tile; their loads overlap
 * @param data the other axes that tiles may extend along
 */
record TileTraffic(
    NestModel n, Optional<String> lane, int lanes, Set<String> window, List<Axis> data) {
  private static final double CACHE_LINE = 64;

  /** Elements that one lane loads together where lanes are apart. */
  private static final long NEIGHBOURS = 4;

  /**
   * Lines that are apart come slower than neighbours: the prefetcher brings their neighbours too.
   */
  private static final double STRIDED = 2;

  /**
   * @param loads vector loads and broadcasts a step
   * @param bytes from memory a step
   * @param held registers that loads occupy
   */
  record Traffic(double loads, double bytes, double held) {}

  Traffic of(Map<String, Long> sizes) {
    double reuse = 1;
    for (String r : window) {
      reuse *= n.axis(r).map(Axis::extent).orElse(1L);
    }
    double loads = 0;
    double bytes = 0;
    double held = 0;
    for (Operand o : n.loads()) {
      double count = 1;
      double span = 1;
      for (Axis d : data) {
        if (o.on(d.name())) {
          long e = sizes.getOrDefault(d.name(), 1L);
          count *= e;
          span *= span(o, d, e);
        }
      }
      double k = 1;
      for (String r : window) {
        if (o.on(r) && span == count) {
          k *= n.axis(r).map(Axis::extent).orElse(1L);
        }
      }
      boolean wide = lane.isPresent() && o.at(lane.get()) != 0;
      boolean gathered = wide && o.at(lane.orElseThrow()) != 1;
      double l = reuse > 1 ? span * k / reuse : count;
      loads += gathered ? l * lanes : l;
      bytes += l / count * bytes(o, sizes, wide);
      if (!wide) {
        held += 1;
      } else if (gathered && mayUseNeighbours(o)) {
        // Such a load brings three, which wait for their step.
        held += 3 * count;
      } else if (window.isEmpty()) {
        held += Math.min(count, 4);
      } else {
        held += span > count ? 3 : k / 3;
      }
    }
    return new Traffic(loads, bytes, held);
  }

  /** Whether no axis is known to move past what lies beside an element. */
  private boolean mayUseNeighbours(Operand o) {
    return data.stream()
        .mapToLong(d -> Math.abs(o.at(d.name())))
        .allMatch(k -> k < NEIGHBOURS || k == Operand.IRREGULAR);
  }

  /**
   * Of the lines that one step brings in; half used lines count whole where steps are far apart.
   */
  private double bytes(Operand o, Map<String, Long> sizes, boolean wide) {
    Map<String, Long> block = new LinkedHashMap<>(sizes);
    lane.ifPresent(v -> block.put(v, wide ? (long) lanes : 1L));
    block.keySet().removeIf(v -> !o.on(v));
    double exact = o.bytes();
    for (long e : block.values()) {
      exact *= e;
    }
    long run = o.run(block);
    boolean streams =
        n.reduced().isEmpty() || n.reduced().stream().anyMatch(r -> usesLines(o, r, run));
    if (streams) {
      return exact;
    }
    Map<String, Long> whole = new LinkedHashMap<>(block);
    double steps = 1;
    for (Axis r : n.reduced()) {
      whole.put(r.name(), r.extent());
      steps *= r.extent();
    }
    return STRIDED * Math.min(o.footprint(block), o.lines(whole) / steps);
  }

  /** Whether the steps along an axis continue a run of elements until most of a line is used. */
  private static boolean usesLines(Operand o, Axis r, long run) {
    return Math.abs(o.at(r.name())) == run && 2 * r.extent() * run * o.bytes() > CACHE_LINE;
  }

  private double span(Operand o, Axis d, long e) {
    double span = e;
    for (String r : window) {
      long extent = n.axis(r).map(Axis::extent).orElse(1L);
      if (o.on(r) && o.overlaps(d.name(), r, extent)) {
        span = (e - 1) * (double) Math.abs(o.at(d.name()) / o.at(r)) + extent;
      }
    }
    return span;
  }

  /** Vectors of a step that do not lie side by side: each is a stream of its own. */
  double streams(Map<String, Long> sizes) {
    double apart = 0;
    for (Operand o : n.loads()) {
      if (lane.isPresent() && window.isEmpty() && o.at(lane.get()) == 1) {
        Map<String, Long> block = new LinkedHashMap<>(sizes);
        block.put(lane.get(), (long) lanes);
        block.keySet().removeIf(v -> !o.on(v));
        double vectors = block.values().stream().reduce(1L, (a, b) -> a * b) / (double) lanes;
        apart += Math.max(0, vectors - Math.max(1, o.run(block) / (double) lanes));
      }
    }
    return apart;
  }
}
