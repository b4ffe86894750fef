package dev.nncc.tensor.placement;

import dev.nncc.graph.Constant;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Transpose;
import dev.nncc.tensor.lower.LowerContext;
import dev.nncc.tensor.storage.Storage;
import dev.nncc.tensor.winograd.Winograd;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where every value of a fused graph lies: its storage, and the memory behind it. Made once for a
 * graph; the graph it speaks of is {@link #graph}, which has copies where the caller's layout and
 * ours meet.
 */
public final class Placement implements LowerContext {
  private final Graph graph;
  private final Set<Value> blocked;
  private final Views views;
  private final NonNegative nonNegative;
  private final Map<Value, Demands.Border> borders;
  private final Set<Value> sideBySide;
  private final Winograd.Choice winograd;
  private final Map<Value, Storage> storages = new LinkedHashMap<>();
  private final Map<Value, Value> roots = new LinkedHashMap<>();
  private final Map<Value, Home> homes = new LinkedHashMap<>();
  private final List<Kept> kept;
  private final Map<Value, Kept> windows = new LinkedHashMap<>();

  private Placement(Copies.Result copies, List<Tie> ties, Winograd.Choice winograd) {
    this.winograd = winograd;
    graph = copies.graph();
    kept = Kept.of(graph, ties);
    kept.stream().filter(Kept::isWindow).forEach(k -> windows.put(k.past(), k));
    blocked = copies.blocked();
    views = Views.of(graph, blocked);
    sideBySide = SideBySide.of(graph);
    nonNegative = new NonNegative(graph);
    borders = new LinkedHashMap<>(Demands.all(graph, nonNegative, winograd));
    shareBorders();
    graph.inputs().forEach(this::place);
    for (Node n : graph.nodes()) {
      if (!(n.op() instanceof Constant)) {
        n.results().forEach(this::place);
      }
    }
    int arena = 0;
    for (Value v : graph.inputs()) {
      homes.put(v, new Home.Input(graph.inputs().indexOf(v)));
    }
    for (int i = 0; i < graph.outputs().size(); i++) {
      homes.put(graph.outputs().get(i), new Home.Output(i));
    }
    for (int i = 0; i < kept.size(); i++) {
      homes.put(kept.get(i).past(), new Home.State(i, false));
      homes.put(kept.get(i).next(), new Home.State(i, true));
    }
    for (Node n : graph.nodes()) {
      for (Value v : n.results()) {
        if (v.equals(roots.get(v)) && !homes.containsKey(v)) {
          homes.put(v, new Home.Arena(arena++));
        }
      }
    }
  }

  public static Placement of(Graph graph) {
    return of(graph, List.of(), Winograd.AUTO);
  }

  /**
   * A placement whose tied inputs and outputs stay in the context.
   *
   * @param winograd which convolutions are computed with fewer multiplications
   * @throws IllegalArgumentException where a tie does not fit the graph
   */
  public static Placement of(Graph graph, List<Tie> ties, Winograd.Choice winograd) {
    return new Placement(Copies.insert(graph, winograd), ties, winograd);
  }

  /**
   * The same values at the same places, with nodes joined into chains: what lies between the
   * members of one has no memory any more.
   */
  public Placement joined(Graph chains, Set<Value> between) {
    return new Placement(this, chains, between);
  }

  private Placement(Placement other, Graph chains, Set<Value> between) {
    graph = chains;
    winograd = other.winograd;
    kept = other.kept;
    windows.putAll(other.windows);
    blocked = other.blocked;
    views = other.views;
    sideBySide = other.sideBySide;
    nonNegative = other.nonNegative;
    borders = other.borders;
    storages.putAll(other.storages);
    roots.putAll(other.roots);
    homes.putAll(other.homes);
    int arena = 0;
    for (Map.Entry<Value, Home> e : other.homes.entrySet()) {
      if (between.contains(e.getKey())) {
        homes.remove(e.getKey());
      } else if (e.getValue() instanceof Home.Arena) {
        homes.put(e.getKey(), new Home.Arena(arena++));
      }
    }
    roots.keySet().removeAll(between);
  }

  @Override
  public Storage between(Value v) {
    return storages.getOrDefault(v, Storage.rowMajor(v.type()));
  }

  /** What the ties have become, in their order. */
  public List<Kept> kept() {
    return kept;
  }

  public Graph graph() {
    return graph;
  }

  /**
   * The border that readers of a part want becomes the border of the whole, as far as the part
   * spans it.
   */
  private void shareBorders() {
    for (int i = graph.nodes().size() - 1; i >= 0; i--) {
      for (Value v : graph.nodes().get(i).results()) {
        Optional<Views.Part> part = views.part(v);
        Demands.Border wanted = borders.get(v);
        if (part.isPresent() && wanted != null) {
          borders.merge(
              part.get().whole(), wanted, (old, b) -> old.fill() == b.fill() ? old.union(b) : old);
        }
      }
    }
    // A whole may itself be a part of a later one: its readers' wishes and its parts' go up
    // together.
    for (Node n : graph.nodes()) {
      for (Value v : n.results()) {
        Demands.Border wanted = borders.get(v);
        views
            .part(v)
            .ifPresent(
                p -> {
                  if (wanted != null) {
                    borders.merge(
                        p.whole(), wanted, (old, b) -> old.fill() == b.fill() ? old.union(b) : old);
                  }
                });
      }
    }
  }

  private Storage place(Value v) {
    Storage known = storages.get(v);
    if (known != null) {
      return known;
    }
    Optional<Storage> view = view(v);
    if (view.isEmpty()) {
      roots.put(v, v);
    }
    Storage s = view.orElseGet(() -> own(v));
    storages.put(v, s);
    return s;
  }

  private Optional<Storage> view(Value v) {
    Kept window = windows.get(v);
    if (window != null) {
      Storage all = place(window.next());
      int axis = window.axis();
      return adopt(v, window.next(), all.slice(axis, 0, v.shape().dim(axis), 1));
    }
    Optional<Views.Part> part = views.part(v);
    if (part.isPresent()) {
      Storage whole = place(part.get().whole());
      return adopt(
          v,
          part.get().whole(),
          whole.slice(part.get().axis(), part.get().start(), v.shape().dim(part.get().axis()), 1));
    }
    Optional<Node> moved = views.writtenInto(v);
    if (moved.isPresent()) {
      Value w = moved.get().result();
      Storage to = place(w);
      return adopt(
          v,
          w,
          moved.get().op() instanceof Transpose t
              ? to.transposed(inverse(t.perm()))
              : to.reshaped(v.type()));
    }
    if (!views.mayReadInPlace(v)) {
      return Optional.empty();
    }
    Node n = graph.producer(v).orElseThrow();
    Value x = n.operand(0);
    Storage from = place(x);
    if (n.op() instanceof Reshape) {
      return blocked.contains(v) ? Optional.empty() : adopt(v, x, from.reshaped(v.type()));
    }
    if (n.op() instanceof Transpose t) {
      return borders.containsKey(v) ? Optional.empty() : adopt(v, x, from.transposed(t.perm()));
    }
    Slice s = (Slice) n.op();
    Optional<Storage> out =
        from.isBlocked() == blocked.contains(v) ? Optional.of(from) : Optional.empty();
    for (int a = 0; a < s.sizes().size(); a++) {
      int axis = a;
      if (s.sizes().get(a) != x.shape().dim(a)) {
        out =
            out.flatMap(
                o -> o.slice(axis, s.starts().get(axis), s.sizes().get(axis), s.steps().get(axis)));
      }
    }
    // A window over the slice is better served by a copy with a border.
    return borders.containsKey(v) ? Optional.empty() : adopt(v, x, out);
  }

  private static List<Integer> inverse(List<Integer> perm) {
    Integer[] at = new Integer[perm.size()];
    for (int a = 0; a < at.length; a++) {
      at[perm.get(a)] = a;
    }
    return List.of(at);
  }

  private Optional<Storage> adopt(Value v, Value from, Optional<Storage> view) {
    if (view.isPresent()) {
      roots.put(v, roots.get(from));
    }
    return view;
  }

  private Storage own(Value v) {
    for (Kept k : windows.values()) {
      if (k.next().equals(v)) {
        List<Long> beside = new ArrayList<>(Collections.nCopies(v.shape().rank(), 0L));
        beside.set(k.axis(), k.capacity() - v.shape().dim(k.axis()));
        return Storage.make(v.type(), -1, null, beside, 0);
      }
    }
    boolean callers = graph.inputs().contains(v) || graph.isOutput(v);
    Demands.Border b = borders.get(v);
    if (sideBySide.contains(v)) {
      return Storage.channelsLast(
          v.type(), b == null ? null : b.lo(), b == null ? null : b.hi(), b == null ? 0 : b.fill());
    }
    int axis = blocked.contains(v) ? 1 : -1;
    if (b == null || callers) {
      return Storage.make(v.type(), axis, null, null, 0);
    }
    return Storage.make(v.type(), axis, b.lo(), b.hi(), b.fill());
  }

  @Override
  public Storage storage(Value v) {
    Storage s = storages.get(v);
    if (s == null) {
      throw new IllegalStateException("no storage for " + v);
    }
    return s;
  }

  /** The value that owns the memory of {@code v}. */
  public Value root(Value v) {
    Value r = roots.get(v);
    if (r == null) {
      throw new IllegalStateException("no memory for " + v);
    }
    return r;
  }

  /** The memory of a root. */
  public Home home(Value root) {
    Home h = homes.get(root);
    if (h == null) {
      throw new IllegalStateException("no home for " + root);
    }
    return h;
  }

  /** Whether the node does nothing, because its result is its operand's memory. */
  public boolean isFree(Node n) {
    if (n.op() instanceof Constant) {
      return true;
    }
    if (!moves(n) || !roots.containsKey(n.operand(0))) {
      return false;
    }
    boolean written = views.writtenInto(n.operand(0)).filter(n::equals).isPresent();
    return root(n.result()).equals(root(n.operand(0)))
        && (written || views.part(n.result()).isEmpty());
  }

  private static boolean moves(Node n) {
    return n.op() instanceof Slice || n.op() instanceof Reshape || n.op() instanceof Transpose;
  }

  /** What is left of concatenations, slices, reshapes and transposes that are no views. */
  public int copies() {
    int n = 0;
    for (Node node : graph.nodes()) {
      if (node.op() instanceof Concat) {
        n += (int) node.operands().stream().filter(v -> !isPartOf(v, node.result())).count();
      } else if (moves(node) && !isFree(node)) {
        n++;
      }
    }
    return n;
  }

  /** Copies between the caller's layout and ours. */
  public int conversions() {
    return (int)
        graph.nodes().stream()
            .filter(n -> n.op() instanceof Elementwise e && e.kind() == ElementwiseKind.IDENTITY)
            .count();
  }

  private boolean isPartOf(Value v, Value whole) {
    return views.part(v).filter(p -> p.whole().equals(whole)).isPresent();
  }

  @Override
  public boolean nonNegative(Value v) {
    return nonNegative.test(v);
  }

  @Override
  public boolean sameAllocation(Value a, Value b) {
    return roots.containsKey(a) && root(a).equals(root(b));
  }

  @Override
  public Winograd.Choice winograd() {
    return winograd;
  }

  @Override
  public Optional<Tensor> constant(Value v) {
    return graph.constant(v);
  }

  /** The values that own arena memory, in order of definition. */
  public List<Value> arenaRoots() {
    return Collections.unmodifiableList(
        homes.entrySet().stream()
            .filter(e -> e.getValue() instanceof Home.Arena)
            .map(Map.Entry::getKey)
            .toList());
  }
}
