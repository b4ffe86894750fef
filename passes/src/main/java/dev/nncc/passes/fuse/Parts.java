package dev.nncc.passes.fuse;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Slice;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The slices that share out a convolution's result by channels. They join its region, so that each
 * part is written where its readers want it: with a border, or inside a concatenation.
 */
final class Parts {
  private static final int CHANNELS = 1;

  private Parts() {}

  /**
   * The readers of a region's result if they are slices that take each channel at most once; else
   * empty.
   *
   * @param members of the region, in order
   * @param granularity each part begins at a multiple of this: the blocks of the storage
   */
  static List<Node> of(Graph graph, List<Node> members, int granularity) {
    if (members.stream().noneMatch(n -> n.op() instanceof Conv)) {
      return List.of();
    }
    Value whole = members.get(members.size() - 1).result();
    if (graph.isOutput(whole)) {
      return List.of();
    }
    List<Node> slices = new ArrayList<>();
    for (Node user : graph.uses(whole)) {
      if (!(user.op() instanceof Slice s) || !takesChannels(s, user, granularity)) {
        return List.of();
      }
      slices.add(user);
    }
    slices.sort(Comparator.comparing(n -> start(n)));
    long next = 0;
    for (Node n : slices) {
      // The lanes behind a part up to the next block are its own padding.
      if (start(n) < next) {
        return List.of();
      }
      long end = start(n) + n.result().shape().dim(CHANNELS);
      next = (end + granularity - 1) / granularity * granularity;
    }
    return slices.size() > 1 ? slices : List.of();
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
