package dev.nncc.tensor.plan;

import dev.nncc.graph.Graph;
import dev.nncc.graph.GraphBuilder;
import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Expand;
import dev.nncc.graph.op.Tile;
import dev.nncc.tensor.lower.Lowerings;
import dev.nncc.tensor.placement.Home;
import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.region.Region;
import dev.nncc.tensor.storage.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Values that are cheap to make, and lie about unread while memory is scarcest, are made once more
 * in front of their late readers. Done where the arena becomes noticeably shorter for next to no
 * work: candidates come from what is live in the order of the graph, and the planner's own figure
 * decides.
 */
public final class Rematerialisation {
  /** What the arena must shrink to. */
  private static final double WORTH = 0.95;

  /** The part of all bytes that a run moves which may be moved once more. */
  private static final double MOST_WORK = 0.01;

  /** The value is not needed between the nodes {@code from} and {@code to}. */
  private record Gap(Value value, int from, int to, long bytes) {}

  private final Placement placement;
  private final List<Node> nodes;

  /** For each memory the nodes that touch it. */
  private final Map<Value, List<Integer>> touches = new LinkedHashMap<>();

  private final long[] live;
  private double moved;

  private Rematerialisation(Placement placement) {
    this.placement = placement;
    nodes = placement.graph().nodes().stream().filter(n -> !placement.isFree(n)).toList();
    live = new long[nodes.size()];
    for (int i = 0; i < nodes.size(); i++) {
      Set<Value> roots = new LinkedHashSet<>();
      for (Value v : values(nodes.get(i))) {
        moved += bytes(v);
        root(v).ifPresent(roots::add);
      }
      for (Value r : roots) {
        touches.computeIfAbsent(r, k -> new ArrayList<>()).add(i);
      }
    }
    touches.forEach((r, at) -> add(bytes(r), at.get(0), at.get(at.size() - 1)));
  }

  /**
   * The graph with some values computed twice, if its plan needs a shorter arena.
   *
   * @param graph after all passes
   * @param placement of the graph
   * @param placing makes placements of other graphs
   */
  public static Optional<Graph> shorter(
      Graph graph, Placement placement, Function<Graph, Placement> placing, ArenaMode mode) {
    Rematerialisation search = new Rematerialisation(placement);
    List<Gap> gaps = search.gaps();
    if (gaps.isEmpty()) {
      return Optional.empty();
    }
    Graph twice = search.twice(graph, gaps);
    long now = RunPlanner.plan(placement, Lowerings.all(), mode).memory().bytes();
    long then = RunPlanner.plan(placing.apply(twice), Lowerings.all(), mode).memory().bytes();
    return then <= WORTH * now ? Optional.of(twice) : Optional.empty();
  }

  private static List<Value> values(Node n) {
    List<Value> all = new ArrayList<>(new LinkedHashSet<>(n.operands()));
    all.addAll(n.results());
    return all;
  }

  /** The value that owns the arena's memory behind another one. */
  private Optional<Value> root(Value v) {
    if (placement.graph().constant(v).isPresent()) {
      return Optional.empty();
    }
    Value r = placement.root(v);
    return placement.home(r) instanceof Home.Arena ? Optional.of(r) : Optional.empty();
  }

  private long bytes(Value v) {
    if (placement.graph().constant(v).isPresent()) {
      return v.shape().elements() * v.dtype().bytes();
    }
    Storage s = placement.storage(placement.root(v));
    return s.elements() * s.dtype().bytes();
  }

  private void add(long bytes, int from, int to) {
    for (int i = from; i <= to; i++) {
      live[i] += bytes;
    }
  }

  private long most() {
    return Arrays.stream(live).max().orElse(0);
  }

  /** The largest values first, until the most that is live has fallen; none where it does not. */
  private List<Gap> gaps() {
    long before = most();
    List<Gap> taken = new ArrayList<>();
    double work = 0;
    for (Gap g : candidates()) {
      double again = again(g);
      if (most() <= WORTH * before || work + again > MOST_WORK * moved || !spans(g)) {
        continue;
      }
      work += again;
      taken.add(g);
      add(-g.bytes(), g.from() + 1, g.to() - 1);
    }
    return most() <= WORTH * before ? taken : List.of();
  }

  private List<Gap> candidates() {
    List<Gap> all = new ArrayList<>();
    for (int i = 0; i < nodes.size(); i++) {
      Node n = nodes.get(i);
      if (!isCheap(n) || !root(n.result()).filter(n.result()::equals).isPresent()) {
        continue;
      }
      List<Integer> at = touches.getOrDefault(n.result(), List.of());
      for (int k = 1; k + 1 < at.size(); k++) {
        Gap g = new Gap(n.result(), at.get(k), at.get(k + 1), bytes(n.result()));
        if (operandsLiveAt(n, g.to()) && isReadDirectly(g)) {
          all.add(g);
        }
      }
    }
    all.sort(Comparator.comparing(Gap::bytes).reversed());
    return all;
  }

  private static boolean isCheap(Node n) {
    Region region = Region.of(n);
    return n.results().size() == 1
        && region
            .anchor()
            .filter(a -> !(a.op() instanceof Expand || a.op() instanceof Tile))
            .isEmpty();
  }

  /** Whether what the value is made of is there in any case. */
  private boolean operandsLiveAt(Node n, int node) {
    for (Value v : n.operands()) {
      Optional<Value> r = root(v);
      List<Integer> at = r.map(x -> touches.getOrDefault(x, List.of())).orElse(List.of());
      if (r.isPresent() && (at.isEmpty() || at.get(at.size() - 1) < node)) {
        return false;
      }
    }
    return true;
  }

  /** Whether all readers behind the gap name the value itself and not a view of it. */
  private boolean isReadDirectly(Gap g) {
    return touches.getOrDefault(g.value(), List.of()).stream()
            .filter(i -> i >= g.to())
            .allMatch(i -> nodes.get(i).operands().contains(g.value()))
        && placement.graph().uses(g.value()).stream().noneMatch(placement::isFree);
  }

  /** Whether memory is scarcest in the gap. */
  private boolean spans(Gap g) {
    long most = most();
    for (int i = g.from() + 1; i < g.to(); i++) {
      if (live[i] == most) {
        return true;
      }
    }
    return false;
  }

  private double again(Gap g) {
    Node n = placement.graph().producer(g.value()).orElseThrow();
    return values(n).stream().mapToDouble(this::bytes).sum();
  }

  /** Readers behind the gaps read copies that are made in front of the first of them. */
  private Graph twice(Graph graph, List<Gap> gaps) {
    Map<List<Value>, Set<Value>> late = new LinkedHashMap<>();
    for (Gap g : gaps) {
      for (int i : touches.getOrDefault(g.value(), List.of())) {
        if (i >= g.to()) {
          late.computeIfAbsent(nodes.get(i).results(), k -> new LinkedHashSet<>()).add(g.value());
        }
      }
    }
    GraphBuilder b = new GraphBuilder(graph.name(), graph.nextId());
    graph.inputs().forEach(b::keepInput);
    Map<Value, Value> again = new LinkedHashMap<>();
    for (Node n : graph.nodes()) {
      Set<Value> replaced = late.getOrDefault(n.results(), Set.of());
      for (Value v : replaced) {
        if (!again.containsKey(v)) {
          Node made = graph.producer(v).orElseThrow();
          again.put(v, b.add(made.origin(), List.of(), made.op(), made.operands()).get(0));
        }
      }
      List<Value> operands =
          n.operands().stream()
              .map(v -> replaced.contains(v) ? again.getOrDefault(v, v) : v)
              .toList();
      b.keep(new Node(n.op(), operands, n.results(), n.origin()));
    }
    for (int i = 0; i < graph.outputs().size(); i++) {
      b.output(graph.outputNames().get(i), graph.outputs().get(i));
    }
    return b.build();
  }
}
