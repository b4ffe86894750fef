package dev.nncc.compiler.report.draw;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Boxes on layers, each below everything that it reads. Between the ends of a line that skips
 * layers stand joints, one on each layer; all lines that leave a box share their joints, so there
 * are no more of them than boxes times the longest line that is drawn.
 */
final class Layers {
  /** Lines over more layers than this are only hinted at: they would cross everything. */
  static final int LONGEST = 40;

  /** Boxes first, then joints. */
  final int boxes;

  final List<Integer> layerOf = new ArrayList<>();
  final List<List<Integer>> below = new ArrayList<>();
  final List<List<Integer>> above = new ArrayList<>();

  /** For each line the boxes and joints on its way; both ends only where it is too long. */
  final List<int[]> ways = new ArrayList<>();

  final int count;

  /**
   * @param edges pairs of boxes, the first before the second
   */
  Layers(int boxes, List<int[]> edges) {
    this.boxes = boxes;
    int[] rank = ranks(boxes, edges);
    int most = -1;
    for (int r : rank) {
      addPoint(r);
      most = Math.max(most, r);
    }
    count = most + 1;
    List<List<Integer>> joints = new ArrayList<>();
    for (int i = 0; i < boxes; i++) {
      joints.add(new ArrayList<>());
    }
    for (int[] e : edges) {
      ways.add(way(e[0], e[1], joints.get(e[0])));
    }
  }

  private int addPoint(int layer) {
    layerOf.add(layer);
    below.add(new ArrayList<>());
    above.add(new ArrayList<>());
    return layerOf.size() - 1;
  }

  private int[] way(int from, int to, List<Integer> joints) {
    int span = layerOf.get(to) - layerOf.get(from);
    if (span > LONGEST) {
      return new int[] {from, to};
    }
    int[] way = new int[span + 1];
    way[0] = from;
    for (int i = 1; i < span; i++) {
      if (joints.size() < i) {
        int joint = addPoint(layerOf.get(from) + i);
        link(way[i - 1], joint);
        joints.add(joint);
      }
      way[i] = joints.get(i - 1);
    }
    way[span] = to;
    link(way[span - 1], to);
    return way;
  }

  private void link(int upper, int lower) {
    below.get(upper).add(lower);
    above.get(lower).add(upper);
  }

  /** The longest way from a source; boxes with more readers than operands sink to their readers. */
  private static int[] ranks(int boxes, List<int[]> edges) {
    int[] rank = new int[boxes];
    int[] in = new int[boxes];
    int[] out = new int[boxes];
    List<List<Integer>> readers = new ArrayList<>();
    for (int i = 0; i < boxes; i++) {
      readers.add(new ArrayList<>());
    }
    for (int[] e : edges) {
      if (e[0] >= e[1]) {
        throw new IllegalArgumentException("line from " + e[0] + " to " + e[1]);
      }
      readers.get(e[0]).add(e[1]);
      out[e[0]]++;
      in[e[1]]++;
    }
    for (int i = 0; i < boxes; i++) {
      for (int r : readers.get(i)) {
        rank[r] = Math.max(rank[r], rank[i] + 1);
      }
    }
    for (int i = boxes - 1; i >= 0; i--) {
      if (out[i] > in[i]) {
        rank[i] = readers.get(i).stream().mapToInt(r -> rank[r]).min().orElse(rank[i] + 1) - 1;
      }
    }
    return rank;
  }

  /** The points of each layer, in an order with few crossings. */
  List<List<Integer>> ordered(int rounds) {
    List<List<Integer>> order = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      order.add(new ArrayList<>());
    }
    for (int p : depthFirst()) {
      order.get(layerOf.get(p)).add(p);
    }
    List<List<Integer>> best = copy(order);
    long least = crossings(order);
    for (int round = 0; round < rounds && least > 0; round++) {
      boolean down = round % 2 == 0;
      double[] place = places(order);
      for (int i = 0; i < count; i++) {
        int layer = down ? i : count - 1 - i;
        sort(order.get(layer), down ? above : below, place);
      }
      long now = crossings(order);
      if (now < least) {
        least = now;
        best = copy(order);
      }
    }
    return best;
  }

  /** All points, each behind one of those above it, so that branches start side by side. */
  private List<Integer> depthFirst() {
    int n = layerOf.size();
    boolean[] seen = new boolean[n];
    List<Integer> result = new ArrayList<>();
    List<Integer> stack = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      if (above.get(i).isEmpty()) {
        stack.add(i);
      }
      while (!stack.isEmpty()) {
        int p = stack.remove(stack.size() - 1);
        if (!seen[p]) {
          seen[p] = true;
          result.add(p);
          List<Integer> next = below.get(p);
          for (int k = next.size() - 1; k >= 0; k--) {
            stack.add(next.get(k));
          }
        }
      }
    }
    return result;
  }

  private static void sort(List<Integer> layer, List<List<Integer>> towards, double[] place) {
    double[] wish = new double[layer.size()];
    Integer[] at = new Integer[layer.size()];
    for (int i = 0; i < wish.length; i++) {
      at[i] = i;
      wish[i] =
          towards.get(layer.get(i)).stream()
              .mapToDouble(p -> place[p])
              .average()
              .orElse(place[layer.get(i)]);
    }
    Arrays.sort(at, (a, b) -> Double.compare(wish[a], wish[b]));
    List<Integer> sorted = new ArrayList<>();
    for (int i : at) {
      sorted.add(layer.get(i));
    }
    for (int i = 0; i < wish.length; i++) {
      layer.set(i, sorted.get(i));
      place[sorted.get(i)] = i - (wish.length - 1) / 2.0;
    }
  }

  /** Places around the middle: layers differ in width. */
  private double[] places(List<List<Integer>> order) {
    double[] place = new double[layerOf.size()];
    for (List<Integer> layer : order) {
      for (int i = 0; i < layer.size(); i++) {
        place[layer.get(i)] = i - (layer.size() - 1) / 2.0;
      }
    }
    return place;
  }

  private static List<List<Integer>> copy(List<List<Integer>> order) {
    List<List<Integer>> copy = new ArrayList<>();
    order.forEach(layer -> copy.add(new ArrayList<>(layer)));
    return copy;
  }

  /** Pairs of lines between neighbouring layers that cross. */
  long crossings(List<List<Integer>> order) {
    int[] at = new int[layerOf.size()];
    for (List<Integer> layer : order) {
      for (int i = 0; i < layer.size(); i++) {
        at[layer.get(i)] = i;
      }
    }
    long sum = 0;
    for (int l = 0; l + 1 < order.size(); l++) {
      // A tree of counts over the lower layer: how many lines end to the right of a place.
      int width = order.get(l + 1).size();
      int[] tree = new int[width + 1];
      int lines = 0;
      for (int p : order.get(l)) {
        int[] ends = below.get(p).stream().mapToInt(q -> at[q]).sorted().toArray();
        for (int end : ends) {
          sum += lines - upTo(tree, end);
        }
        for (int end : ends) {
          for (int i = end + 1; i <= width; i += i & -i) {
            tree[i]++;
          }
        }
        lines += ends.length;
      }
    }
    return sum;
  }

  private static int upTo(int[] tree, int place) {
    int n = 0;
    for (int i = place + 1; i > 0; i -= i & -i) {
      n += tree[i];
    }
    return n;
  }
}
