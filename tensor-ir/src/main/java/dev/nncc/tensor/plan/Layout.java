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
 * @param launches the calls as they are made
 * @param usage from which call to which each memory is used, whole launches
 * @param inPlace memory that an operand leaves to it
 * @param borders for each call the values whose borders are written in front of it
 * @param fills what is written once
 */
record Layout(
    Launches launches,
    Usage usage,
    Map<Memory, Long> offsets,
    Set<Memory> inPlace,
    Map<Integer, List<Value>> borders,
    List<RunPlan.Fill> fills,
    long bytes,
    long lowerBound) {

  static Layout of(Launches plain, Placement placement, ArenaMode mode) {
    Usage calls = Usage.of(plain.calls(), placement);
    InPlace inPlace = InPlace.of(plain, calls, placement);
    Usage usage = calls.during(plain);
    Map<Memory, Integer> placeOf = new LinkedHashMap<>();
    List<Place> places = places(usage, inPlace, placement, placeOf);
    Packing packing = Packing.of(places);
    if (mode == ArenaMode.FAST) {
      packing = new BorderCost(placeOf, places, placement).cheaper(Slots.pack(places), packing);
    }
    Map<Memory, Long> offsets = new LinkedHashMap<>();
    Map<Integer, List<Value>> borders = new LinkedHashMap<>();
    Set<RunPlan.Fill> fills = new LinkedHashSet<>();
    List<Borders.When> when = Borders.of(places, packing.offsets());
    Set<Memory> takers = inPlace.takers();
    for (Map.Entry<Memory, Integer> e : placeOf.entrySet()) {
      int i = e.getValue();
      long at = packing.offsets().get(i);
      offsets.put(e.getKey(), at);
      if (when.get(i) == Borders.When.NEVER || takers.contains(e.getKey())) {
        continue;
      }
      Value v = e.getKey().root().orElseThrow();
      if (when.get(i) == Borders.When.EACH_RUN) {
        borders.computeIfAbsent(places.get(i).first(), c -> new ArrayList<>()).add(v);
      } else {
        Storage s = placement.storage(v);
        fills.add(new RunPlan.Fill(at, s.elements() * s.dtype().bytes(), s.dtype(), s.fill()));
      }
    }
    return new Layout(
        plain.with(inPlace.calls()),
        usage,
        offsets,
        takers,
        borders,
        List.copyOf(fills),
        packing.bytes(),
        Place.lowerBound(places));
  }

  /** A place for each memory; those that follow each other in place share one. */
  private static List<Place> places(
      Usage usage, InPlace inPlace, Placement placement, Map<Memory, Integer> placeOf) {
    List<Place> places = new ArrayList<>();
    Set<Memory> takers = inPlace.takers();
    for (Memory first : usage.lives().keySet()) {
      if (takers.contains(first)) {
        continue;
      }
      Usage.Life life = Objects.requireNonNull(usage.lives().get(first));
      long bytes = life.bytes();
      int last = life.last();
      placeOf.put(first, places.size());
      for (Memory m = inPlace.heirs().get(first); m != null; m = inPlace.heirs().get(m)) {
        Usage.Life next = Objects.requireNonNull(usage.lives().get(m));
        bytes = Math.max(bytes, next.bytes());
        last = next.last();
        placeOf.put(m, places.size());
      }
      places.add(
          new Place(MemoryPlan.aligned(bytes), life.first(), last, geometry(first, placement)));
    }
    return places;
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
