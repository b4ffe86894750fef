package dev.nncc.tensor.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Packing in which places with borders keep apart: those of one geometry share a slot one after the
 * other, and a slot is nobody else's for the whole run.
 */
final class Slots {
  private Slots() {}

  static Packing pack(List<Place> places) {
    int end = places.stream().mapToInt(Place::last).max().orElse(0);
    List<Integer> sequence = new ArrayList<>();
    for (int i = 0; i < places.size(); i++) {
      sequence.add(i);
    }
    sequence.sort(
        Comparator.comparing((Integer i) -> places.get(i).first())
            .thenComparing(Comparator.naturalOrder()));
    List<Place> slots = new ArrayList<>();
    List<Integer> lastUse = new ArrayList<>();
    Map<String, List<Integer>> ofGeometry = new LinkedHashMap<>();
    Integer[] slotOf = new Integer[places.size()];
    for (int i : sequence) {
      Place p = places.get(i);
      int slot = slots.size();
      if (p.border().isPresent()) {
        List<Integer> own = ofGeometry.computeIfAbsent(p.border().get(), g -> new ArrayList<>());
        Optional<Integer> free = own.stream().filter(s -> lastUse.get(s) < p.first()).findFirst();
        if (free.isPresent()) {
          slot = free.get();
          lastUse.set(slot, p.last());
          slotOf[i] = slot;
          continue;
        }
        own.add(slot);
      }
      slots.add(p.border().isEmpty() ? p : new Place(p.bytes(), 0, end, p.border()));
      lastUse.add(p.last());
      slotOf[i] = slot;
    }
    Packing packed = Packing.of(slots);
    List<Long> offsets = new ArrayList<>();
    for (int slot : slotOf) {
      offsets.add(packed.offsets().get(slot));
    }
    return new Packing(offsets, packed.bytes());
  }
}
