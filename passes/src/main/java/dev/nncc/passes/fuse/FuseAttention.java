package dev.nncc.passes.fuse;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Op;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Fused;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Softmax;
import dev.nncc.passes.Pass;
import dev.nncc.passes.PassContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * {@code softmax(mask(scale(q k'))) v} becomes one region of three, whose scores nobody else sees.
 * The three are regions already: scale, mask and whatever else is elementwise are epilogues. The
 * number of heads of keys and values does not matter, nor where transposes are.
 */
public record FuseAttention() implements Pass {
  @Override
  public String name() {
    return "fuse-attention";
  }

  @Override
  public String description() {
    return "joins the product that makes scores, their softmax and the product that uses them";
  }

  @Override
  public Graph apply(Graph graph, PassContext context) {
    Map<Node, List<Node>> atLast = new LinkedHashMap<>();
    Set<Node> inside = new LinkedHashSet<>();
    for (Node n : graph.nodes()) {
      members(graph, n)
          .ifPresent(
              m -> {
                atLast.put(n, m);
                inside.addAll(m);
              });
    }
    if (atLast.isEmpty()) {
      return graph;
    }
    List<Node> nodes = new ArrayList<>();
    for (Node n : graph.nodes()) {
      List<Node> members = atLast.get(n);
      if (members != null) {
        nodes.add(chain(graph, members));
      } else if (!inside.contains(n)) {
        nodes.add(n);
      }
    }
    return new Graph(graph.name(), graph.inputs(), nodes, graph.outputs(), graph.outputNames());
  }

  /** Scores, softmax and the product, which is the node given; empty where it is none. */
  private static Optional<List<Node>> members(Graph graph, Node last) {
    if (!isAnchored(last, MatMul.class)) {
      return Optional.empty();
    }
    Optional<Node> softmax = only(graph, last, firstFactor(last));
    if (softmax.isEmpty() || !isAnchored(softmax.get(), Softmax.class)) {
      return Optional.empty();
    }
    Optional<Node> scores = only(graph, softmax.get(), softmax.get().operand(0));
    if (scores.isEmpty() || !isAnchored(scores.get(), MatMul.class)) {
      return Optional.empty();
    }
    return Optional.of(List.of(scores.get(), softmax.get(), last));
  }

  /** The outer value that is the left operand of the region's product. */
  private static Value firstFactor(Node region) {
    if (!(region.op() instanceof Fused f)) {
      return region.operand(0);
    }
    Node product =
        f.body().nodes().stream().filter(n -> n.op() instanceof MatMul).findFirst().orElseThrow();
    Value factor = product.operand(0);
    // Stored in fewer bits it is widened inside.
    Value stored = f.body().producer(factor).map(n -> n.operand(0)).orElse(factor);
    return region.operand(f.body().inputs().indexOf(stored));
  }

  /** What makes a value that only this reader reads, once. */
  private static Optional<Node> only(Graph graph, Node reader, Value v) {
    boolean once = reader.operands().stream().filter(v::equals).count() == 1;
    return once && graph.hasOneUse(v) ? graph.producer(v) : Optional.empty();
  }

  private static boolean isAnchored(Node n, Class<? extends Op> anchor) {
    if (n.results().size() != 1) {
      return false;
    }
    if (n.op() instanceof Fused f) {
      List<Node> body = f.body().nodes();
      return body.stream().noneMatch(m -> m.op() instanceof Fused)
          && body.stream().anyMatch(m -> anchor.isInstance(m.op()));
    }
    return anchor.isInstance(n.op());
  }

  private static Node chain(Graph graph, List<Node> members) {
    List<Node> regions = new ArrayList<>();
    Origin origin = Origin.NONE;
    for (Node n : members) {
      origin = origin.and(n.origin());
      if (n.op() instanceof Fused) {
        regions.add(n);
      } else {
        RegionBody body = RegionBody.of(graph, List.of(n), n.results());
        regions.add(new Node(new Fused(body.graph()), body.operands(), n.results(), n.origin()));
      }
    }
    List<Value> results = members.get(members.size() - 1).results();
    RegionBody body = RegionBody.of(graph, regions, results);
    return new Node(new Fused(body.graph()), body.operands(), results, origin);
  }
}
