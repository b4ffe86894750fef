package dev.nncc.tensor.plan;

import dev.nncc.graph.Constant;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Fused;
import dev.nncc.tensor.lower.Argument;
import dev.nncc.tensor.lower.BandFusion;
import dev.nncc.tensor.lower.Lowerings;
import dev.nncc.tensor.lower.Phase;
import dev.nncc.tensor.placement.Home;
import dev.nncc.tensor.placement.Placement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Joins two neighbouring nodes into one kernel where what lies between them would leave the inner
 * caches and come back: expansion and depthwise convolution, depthwise convolution and projection.
 * Kernels decide, not operators: both are lowered, and {@link BandFusion} says what joining saves.
 */
public final class Bands {
  /** Smaller values stay in the inner caches. */
  private static final long SMALLEST = 1 << 20;

  /** Two nodes with the value between them. */
  private record Pair(Node maker, Node reader, Value between, double saved) {}

  private Bands() {}

  /** The placement of the graph with chains where they pay; the same one where none does. */
  public static Placement join(Placement placement, Lowerings lowerings) {
    return join(placement, lowerings, SMALLEST, 0);
  }

  /**
   * @param smallest bytes of a value that nodes are joined for
   * @param least what joining must save, in bytes
   */
  static Placement join(Placement placement, Lowerings lowerings, long smallest, double least) {
    if (!placement.kept().isEmpty()) {
      // A maker moves behind what stands in front of its reader, and may find another state there.
      return placement;
    }
    Graph g = placement.graph();
    List<Pair> pairs = new ArrayList<>();
    for (Node reader : g.nodes()) {
      for (Value v : new LinkedHashSet<>(reader.operands())) {
        if (v.shape().isConstant() && v.type().bytes() >= smallest) {
          pair(placement, lowerings, reader, v)
              .filter(p -> p.saved() >= least)
              .ifPresent(pairs::add);
        }
      }
    }
    pairs.sort(Comparator.comparingDouble(p -> -p.saved()));
    Set<Node> taken = new LinkedHashSet<>();
    Map<Node, Pair> atReader = new LinkedHashMap<>();
    for (Pair p : pairs) {
      if (!taken.contains(p.maker()) && !taken.contains(p.reader())) {
        taken.add(p.maker());
        taken.add(p.reader());
        atReader.put(p.reader(), p);
      }
    }
    return joined(placement, atReader, lowerings);
  }

  private static Optional<Pair> pair(
      Placement placement, Lowerings lowerings, Node reader, Value v) {
    Graph g = placement.graph();
    Optional<Node> maker = g.producer(v).filter(n -> !(n.op() instanceof Constant));
    if (maker.isEmpty()
        || !g.hasOneUse(v)
        || maker.get().results().size() != 1
        || placement.isFree(reader)
        || placement.isFree(maker.get())
        || !placement.root(v).equals(v)
        || !(placement.home(v) instanceof Home.Arena)) {
      return Optional.empty();
    }
    List<Phase> phases = new ArrayList<>(lowerings.lower(maker.get(), placement));
    phases.addAll(lowerings.lower(reader, placement));
    return BandFusion.of(phases, Set.of(new Argument.OfValue(v)))
        .map(f -> new Pair(maker.get(), reader, v, f.saved()));
  }

  /** Pairs that do not become one kernel stay apart: nothing else knows what lies between them. */
  private static Placement joined(
      Placement placement, Map<Node, Pair> atReader, Lowerings lowerings) {
    if (atReader.isEmpty()) {
      return placement;
    }
    Graph g = placement.graph();
    Set<Node> makers = new LinkedHashSet<>();
    Set<Value> between = new LinkedHashSet<>();
    for (Pair p : atReader.values()) {
      makers.add(p.maker());
      between.add(p.between());
    }
    List<Node> nodes = new ArrayList<>();
    Map<Node, Node> chains = new LinkedHashMap<>();
    for (Node n : g.nodes()) {
      Pair p = atReader.get(n);
      if (p != null) {
        Node chain = chain(p);
        nodes.add(chain);
        chains.put(n, chain);
      } else if (!makers.contains(n)) {
        nodes.add(n);
      }
    }
    Graph all = new Graph(g.name(), g.inputs(), nodes, g.outputs(), g.outputNames());
    Placement joined = placement.joined(all, between);
    Map<Node, Pair> one = new LinkedHashMap<>(atReader);
    chains.forEach(
        (reader, chain) -> {
          if (lowerings.lower(chain, joined).size() > 1) {
            one.remove(reader);
          }
        });
    return one.size() == atReader.size() ? joined : joined(placement, one, lowerings);
  }

  private static Node chain(Pair p) {
    Node maker = region(p.maker(), p.maker().operands());
    Node reader = region(p.reader(), p.reader().operands());
    Set<Value> outside = new LinkedHashSet<>(maker.operands());
    outside.addAll(reader.operands());
    outside.remove(p.between());
    return fused(List.of(maker, reader), outside, p.maker().origin().and(p.reader().origin()));
  }

  /** Members of a chain are regions. */
  private static Node region(Node n, List<Value> operands) {
    return n.op() instanceof Fused
        ? n
        : fused(List.of(n), new LinkedHashSet<>(operands), n.origin());
  }

  /** A region of nodes over the values that it takes from outside, under their own names. */
  private static Node fused(List<Node> members, Set<Value> outside, Origin origin) {
    List<Value> results = members.get(members.size() - 1).results();
    List<Value> operands = List.copyOf(outside);
    List<String> names = results.stream().map(Value::name).toList();
    Graph body = new Graph("region", operands, members, results, names);
    return new Node(new Fused(body), operands, results, origin);
  }
}
