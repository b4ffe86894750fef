package dev.nncc.passes.fuse;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseOp;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Elementwise regions that read a region's result, which others read too: they can be further
 * results of that region, so that the value is not read again.
 *
 * @param nodes of the followers, in order
 * @param results of the region and of its followers, as far as somebody reads them
 */
record Followers(List<Node> nodes, List<Value> results) {
  /** Results of one kernel; each is a stream of stores. */
  private static final int MOST_RESULTS = 3;

  static final Followers NONE = new Followers(List.of(), List.of());

  boolean isEmpty() {
    return nodes.isEmpty();
  }

  /**
   * @param place of the region's last node: whatever the followers read is there before
   * @param taken nodes that have joined another region
   */
  static Followers of(
      Graph graph, Regions regions, int place, List<Node> members, Set<Node> taken) {
    Node last = members.get(members.size() - 1);
    boolean ends =
        members.stream().allMatch(n -> n.op() instanceof ElementwiseOp || Anchors.isAnchor(n.op()));
    if (!ends || last.results().size() != 1) {
      return NONE;
    }
    Value v = last.result();
    List<Node> nodes = new ArrayList<>();
    List<Value> results = new ArrayList<>();
    Set<Node> inside = new LinkedHashSet<>();
    for (Node user : graph.uses(v)) {
      List<Node> follower = user.results().size() == 1 ? regions.making(user.result()) : List.of();
      int size = members.size() + nodes.size() + follower.size();
      if (inside.contains(user)
          || results.size() + 2 > MOST_RESULTS
          || !regions.fits(size, join(members, nodes, follower))
          || !follows(regions, place, v, follower)
          || follower.stream().anyMatch(taken::contains)) {
        continue;
      }
      nodes.addAll(follower);
      inside.addAll(follower);
      results.add(follower.get(follower.size() - 1).result());
    }
    if (graph.isOutput(v) || graph.uses(v).stream().anyMatch(n -> !inside.contains(n))) {
      results.add(0, v);
    }
    return nodes.isEmpty() ? NONE : new Followers(nodes, results);
  }

  private static List<Node> join(List<Node> a, List<Node> b, List<Node> c) {
    List<Node> all = new ArrayList<>(a);
    all.addAll(b);
    all.addAll(c);
    return all;
  }

  private static boolean follows(Regions regions, int place, Value v, List<Node> follower) {
    for (Node n : follower) {
      if (!(n.op() instanceof ElementwiseOp) || !n.result().shape().equals(v.shape())) {
        return false;
      }
      for (Value o : n.operands()) {
        boolean own = follower.stream().anyMatch(m -> m.results().contains(o));
        if (!own && regions.place(o) > place) {
          return false;
        }
      }
    }
    return !follower.isEmpty();
  }
}
