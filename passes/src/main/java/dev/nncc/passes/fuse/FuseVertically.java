package dev.nncc.passes.fuse;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Fused;
import dev.nncc.passes.Pass;
import dev.nncc.passes.PassContext;
import dev.nncc.passes.clean.Strip;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Groups nodes into {@link Fused} regions of one kernel each: at most one anchor (a contraction, a
 * reduction, a pool, a normalisation, a lookup), elementwise nodes on the anchor's result shape,
 * smaller operands broadcast, and a few that make its first operand. A region has one result, or
 * the parts into which slices cut it, or beside it what followers make of it; nothing else of it is
 * read outside. What followers read besides is there before, so no path can leave and enter again,
 * and a region takes the place of the last node that makes its first result. A node that finds
 * nobody to join stays as it is.
 *
 * @param maxNodes nodes of a region; more is a kernel that runs out of registers
 * @param maxOperands tensors that a region reads; each takes a pointer and streams from memory
 * @param granularity channels of the parts of a result are a multiple of this
 */
public record FuseVertically(int maxNodes, int maxOperands, int granularity) implements Pass {
  public FuseVertically() {
    this(32, 16, 16);
  }

  @Override
  public String name() {
    return "fuse-vertical";
  }

  @Override
  public String description() {
    return "joins contractions, reductions and pools with the elementwise nodes behind them";
  }

  @Override
  public Graph apply(Graph graph, PassContext context) {
    Regions regions = new Regions(graph, maxNodes, maxOperands);
    List<Node> nodes = new ArrayList<>();
    Set<Node> joined = new LinkedHashSet<>();
    boolean changed = false;
    for (int i = 0; i < graph.nodes().size(); i++) {
      List<Node> members = regions.endingAt(i);
      if (members.isEmpty() || joined.contains(members.get(0))) {
        continue;
      }
      Parts parts = Parts.of(graph, regions, members, granularity);
      Followers followers =
          parts.isEmpty() ? Followers.of(graph, regions, i, members, joined) : Followers.NONE;
      if (members.size() == 1 && parts.isEmpty() && followers.isEmpty()) {
        nodes.add(members.get(0));
        continue;
      }
      List<Value> results = members.get(members.size() - 1).results();
      if (!parts.isEmpty() || !followers.isEmpty()) {
        List<Node> more = parts.isEmpty() ? followers.nodes() : parts.nodes();
        joined.addAll(more);
        regions.joined(more, i);
        members = new ArrayList<>(members);
        members.addAll(more);
        results = parts.isEmpty() ? followers.results() : parts.results();
      }
      nodes.add(fused(graph, members, results));
      changed = true;
    }
    return changed
        ? Strip.dropUnneeded(
            new Graph(graph.name(), graph.inputs(), nodes, graph.outputs(), graph.outputNames()))
        : graph;
  }

  /** One node for the members, which are in order. */
  private static Node fused(Graph graph, List<Node> members, List<Value> results) {
    RegionBody body = RegionBody.of(graph, members, results);
    Origin origin = Origin.NONE;
    for (Node n : members) {
      origin = origin.and(n.origin());
    }
    return new Node(new Fused(body.graph()), body.operands(), results, origin);
  }
}
