package dev.nncc.passes.fuse;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ElementwiseOp;
import dev.nncc.graph.op.Slice;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The slices that share out a convolution's result by channels, and the functions of one operand
 * behind each. They join its region, so that each part is written where its readers want it: with a
 * border, or inside a concatenation.
 *
 * @param nodes in order
 * @param results the ends of the parts
 */
record Parts(List<Node> nodes, List<Value> results) {
  private static final int CHANNELS = 1;

  private static final Parts NONE = new Parts(List.of(), List.of());

  boolean isEmpty() {
    return nodes.isEmpty();
  }

  /**
   * The readers of a region's result if they are slices that take each channel at most once; else
   * empty.
   *
   * @param members of the region, in order
   * @param granularity each part begins at a multiple of this: the blocks of the storage
   */
  static Parts of(Graph graph, Regions regions, List<Node> members, int granularity) {
    if (members.stream().noneMatch(n -> n.op() instanceof Conv)) {
      return NONE;
    }
    Value whole = members.get(members.size() - 1).result();
    if (graph.isOutput(whole)) {
      return NONE;
    }
    List<Node> slices = new ArrayList<>();
    for (Node user : graph.uses(whole)) {
      if (!(user.op() instanceof Slice s) || !takesChannels(s, user, granularity)) {
        return NONE;
      }
      slices.add(user);
    }
    slices.sort(Comparator.comparing(n -> start(n)));
    long next = 0;
    for (Node n : slices) {
      // The lanes behind a part up to the next block are its own padding.
      if (start(n) < next) {
        return NONE;
      }
      long end = start(n) + n.result().shape().dim(CHANNELS);
      next = (end + granularity - 1) / granularity * granularity;
    }
    return slices.size() > 1 ? withFunctions(graph, regions, slices) : NONE;
  }

  private static Parts withFunctions(Graph graph, Regions regions, List<Node> slices) {
    List<Node> nodes = new ArrayList<>();
    List<Value> results = new ArrayList<>();
    for (Node slice : slices) {
      List<Node> behind = functions(graph, regions, slice.result());
      nodes.add(slice);
      nodes.addAll(behind);
      results.add(nodes.get(nodes.size() - 1).result());
    }
    return new Parts(nodes, results);
  }

  /** The region behind a value if it is a chain of functions of nothing else. */
  private static List<Node> functions(Graph graph, Regions regions, Value v) {
    if (!graph.hasOneUse(v) || graph.isOutput(v)) {
      return List.of();
    }
    List<Node> chain = regions.making(graph.uses(v).get(0).result());
    boolean unary =
        chain.stream().allMatch(n -> n.op() instanceof ElementwiseOp && n.operands().size() == 1);
    return unary ? chain : List.of();
  }

  private static long start(Node slice) {
    return ((Slice) slice.op()).starts().get(CHANNELS);
  }

  private static boolean takesChannels(Slice s, Node n, int granularity) {
    for (int a = 0; a < s.sizes().size(); a++) {
      boolean whole = s.sizes().get(a) == n.operand(0).shape().dim(a);
      if (s.steps().get(a) != 1 || (a != CHANNELS && !whole)) {
        return false;
      }
    }
    return start(n) % granularity == 0;
  }
}
