package dev.nncc.tensor.plan;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.tensor.lower.Argument;
import dev.nncc.tensor.lower.Lowerings;
import dev.nncc.tensor.lower.Phase;
import dev.nncc.tensor.placement.Home;
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

/** Lowers a placed graph and fixes every address. */
public final class RunPlanner {
  /** Memory of a value by its root, or of scratch by node and number. */
  private record Key(Optional<Value> root, int node, int scratch) {}

  private final Placement placement;
  private final List<Phase> phases = new ArrayList<>();
  private final List<Integer> nodeOf = new ArrayList<>();
  private final Map<Key, int[]> lifetimes = new LinkedHashMap<>();
  private final Map<Key, Long> sizes = new LinkedHashMap<>();
  private final WeightTable weights;
  private final Set<RunPlan.Placed> constants = new LinkedHashSet<>();

  private RunPlanner(Placement placement, WeightTable weights) {
    this.placement = placement;
    this.weights = weights;
  }

  /** A plan that has its constants for itself. */
  public static RunPlan plan(Placement placement, Lowerings lowerings) {
    return plan(placement, lowerings, new WeightTable());
  }

  /** A plan that shares its constants with the others of the table. */
  public static RunPlan plan(Placement placement, Lowerings lowerings, WeightTable weights) {
    return new RunPlanner(placement, weights).plan(lowerings);
  }

  private RunPlan plan(Lowerings lowerings) {
    List<Node> nodes = placement.graph().nodes();
    for (int n = 0; n < nodes.size(); n++) {
      if (placement.isFree(nodes.get(n)) || isEmpty(nodes.get(n))) {
        continue;
      }
      for (Phase p : lowerings.lower(nodes.get(n), placement)) {
        nodeOf.add(n);
        use(p, n, phases.size());
        phases.add(p);
      }
    }
    List<MemoryPlan.Item> items = new ArrayList<>();
    List<Key> keys = new ArrayList<>(lifetimes.keySet());
    for (Key k : keys) {
      int[] life = Objects.requireNonNull(lifetimes.get(k));
      String name = k.root().map(Value::toString).orElse("scratch");
      items.add(new MemoryPlan.Item(name, size(k), life[0], life[1], geometry(k)));
    }
    MemoryPlan memory = MemoryPlan.of(items);
    Map<Key, Long> offsets = new LinkedHashMap<>();
    List<RunPlan.Fill> fills = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      offsets.put(keys.get(i), memory.offsets().get(i));
      fill(keys.get(i), memory.offsets().get(i), size(keys.get(i)))
          .filter(f -> !fills.contains(f))
          .ifPresent(fills::add);
    }
    List<RunPlan.Step> steps = new ArrayList<>();
    for (int s = 0; s < phases.size(); s++) {
      int node = nodeOf.get(s);
      Phase p = phases.get(s);
      List<Pointer> pointers = p.arguments().stream().map(a -> pointer(a, node, offsets)).toList();
      steps.add(new RunPlan.Step(p, pointers, nodes.get(node)));
    }
    return new RunPlan(steps, List.copyOf(constants), weights.bytes(), memory, fills);
  }

  private long size(Key k) {
    return Objects.requireNonNull(sizes.get(k));
  }

  private static boolean isEmpty(Node n) {
    return n.results().stream().allMatch(v -> v.shape().elements() == 0);
  }

  private void use(Phase phase, int node, int step) {
    for (Argument a : phase.arguments()) {
      if (a instanceof Argument.OfConstant c) {
        constants.add(weights.place(c.packed()));
        continue;
      }
      key(a, node)
          .ifPresent(
              k ->
                  lifetimes.merge(
                      k, new int[] {step, step}, (old, now) -> new int[] {old[0], now[1]}));
    }
  }

  /** The arena memory that an argument lies in. */
  private Optional<Key> key(Argument a, int node) {
    if (a instanceof Argument.OfScratch s) {
      Key k = new Key(Optional.empty(), node, s.id());
      sizes.merge(k, s.bytes(), Math::max);
      return Optional.of(k);
    }
    if (a instanceof Argument.OfValue v) {
      Value root = placement.root(v.value());
      if (placement.home(root) instanceof Home.Arena) {
        Key k = new Key(Optional.of(root), -1, -1);
        Storage s = placement.storage(root);
        sizes.put(k, s.elements() * s.dtype().bytes());
        return Optional.of(k);
      }
    }
    return Optional.empty();
  }

  private Optional<String> geometry(Key k) {
    return k.root()
        .map(placement::storage)
        .filter(Storage::hasBorder)
        .map(s -> s.dtype() + " " + s.extents() + s.lo() + s.hi() + s.fill());
  }

  private Optional<RunPlan.Fill> fill(Key k, long offset, long bytes) {
    return k.root()
        .map(placement::storage)
        .filter(Storage::hasBorder)
        .map(s -> new RunPlan.Fill(offset, bytes, s.dtype(), s.fill()));
  }

  private Pointer pointer(Argument a, int node, Map<Key, Long> offsets) {
    if (a instanceof Argument.OfConstant c) {
      return new Pointer.Weights(weights.place(c.packed()).offset());
    }
    if (a instanceof Argument.OfFault) {
      return new Pointer.Fault();
    }
    Optional<Key> k = key(a, node);
    if (k.isPresent()) {
      return new Pointer.Arena(at(offsets, k.get()));
    }
    Home home = placement.home(placement.root(((Argument.OfValue) a).value()));
    return home instanceof Home.Input i
        ? new Pointer.Input(i.index())
        : new Pointer.Output(((Home.Output) home).index());
  }

  private static <K> long at(Map<K, Long> map, K key) {
    Long offset = map.get(key);
    if (offset == null) {
      throw new IllegalStateException("no place for " + key);
    }
    return offset;
  }
}
