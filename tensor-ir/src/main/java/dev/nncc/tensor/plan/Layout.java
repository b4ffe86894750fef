package dev.nncc.tensor.plan;

import dev.nncc.graph.Value;
import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.storage.Storage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Offsets of all memory of a sequence of calls.
 *
 * @param calls as they are made
 * @param inPlace memory that an operand leaves to it
 * @param borders for each call the values whose borders are written in front of it
 * @param fills what is written once
 */
record Layout(
    List<Usage.Call> calls,
    Usage usage,
    Map<Memory, Long> offsets,
    Set<Memory> inPlace,
    Map<Integer, List<Value>> borders,
    List<RunPlan.Fill> fills,
    long bytes,
    long lowerBound) {

  static Layout of(List<Usage.Call> calls, Placement placement, ArenaMode mode) {
    Usage usage = Usage.of(calls, placement);
    List<Memory> owners = new ArrayList<>(usage.lives().keySet());
    List<Place> places = new ArrayList<>();
    for (Memory m : owners) {
      Usage.Life l = Objects.requireNonNull(usage.lives().get(m));
      places.add(
          new Place(MemoryPlan.aligned(l.bytes()), l.first(), l.last(), geometry(m, placement)));
    }
    Packing packing = mode == ArenaMode.SMALL ? Packing.of(places) : Slots.pack(places);
    List<Borders.When> when = Borders.of(places, packing.offsets());
    Map<Memory, Long> offsets = new LinkedHashMap<>();
    Map<Integer, List<Value>> borders = new LinkedHashMap<>();
    Set<RunPlan.Fill> fills = new LinkedHashSet<>();
    for (int i = 0; i < owners.size(); i++) {
      Memory m = owners.get(i);
      long at = packing.offsets().get(i);
      offsets.put(m, at);
      if (when.get(i) == Borders.When.EACH_RUN) {
        borders
            .computeIfAbsent(places.get(i).first(), c -> new ArrayList<>())
            .add(m.root().orElseThrow());
      } else if (when.get(i) == Borders.When.ONCE) {
        Storage s = placement.storage(m.root().orElseThrow());
        long bytes = s.elements() * s.dtype().bytes();
        fills.add(new RunPlan.Fill(at, bytes, s.dtype(), s.fill()));
      }
    }
    return new Layout(
        calls,
        usage,
        offsets,
        Set.of(),
        borders,
        List.copyOf(fills),
        packing.bytes(),
        Place.lowerBound(places));
  }

  private static Optional<String> geometry(Memory m, Placement placement) {
    return m.root()
        .map(placement::storage)
        .filter(Storage::hasBorder)
        .map(s -> s.dtype() + " " + s.extents() + s.lo() + s.hi() + s.fill());
  }

  long offset(Memory m) {
    Long at = offsets.get(m);
    if (at == null) {
      throw new IllegalStateException("no place for " + m);
    }
    return at;
  }

  /** The values whose borders are written in front of a call. */
  List<Value> bordersBefore(int call) {
    return borders.getOrDefault(call, List.of());
  }
}
