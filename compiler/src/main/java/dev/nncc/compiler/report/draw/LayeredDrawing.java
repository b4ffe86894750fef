package dev.nncc.compiler.report.draw;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A drawing of a graph that flows downwards: each box on a layer below what it reads, lines
 * straight where they can be. Takes time in proportion to boxes and lines, but for sorting.
 *
 * @param x of the middle of each box
 * @param y of its upper edge
 * @param lines for each edge the points {@code x0, y0, x1, y1, ..} from the box above to the box
 *     below; just the two ends where a line would cross too much
 */
public record LayeredDrawing(int[] x, int[] y, List<int[]> lines, int width, int height) {
  /** Height of a box. */
  public static final int BOX = 42;

  private static final int BETWEEN_LAYERS = 38;
  private static final int BETWEEN_BOXES = 22;
  private static final int BETWEEN_JOINTS = 9;
  private static final int ORDER_ROUNDS = 16;
  private static final int PLACE_ROUNDS = 24;

  /** Layers on each side over which a drift is measured. */
  private static final int DRIFT = 8;

  /** Lines between joints are to be straight more than others. */
  private static final double[] STRAIGHT = {1, 2, 8};

  /**
   * @param widths of the boxes
   * @param edges pairs of boxes, the first before the second in the order of the widths
   */
  public static LayeredDrawing of(int[] widths, List<int[]> edges) {
    Layers layers = new Layers(widths.length, edges);
    List<List<Integer>> order = layers.ordered(ORDER_ROUNDS);
    double[] at = places(layers, order, widths);
    double least = Double.POSITIVE_INFINITY;
    double most = 0;
    for (int i = 0; i < at.length; i++) {
      double half = i < widths.length ? widths[i] / 2.0 : 0;
      least = Math.min(least, at[i] - half);
      most = Math.max(most, at[i] + half);
    }
    int[] x = new int[at.length];
    int[] y = new int[at.length];
    for (int i = 0; i < at.length; i++) {
      x[i] = (int) Math.round(at[i] - least);
      y[i] = layers.layerOf.get(i) * (BOX + BETWEEN_LAYERS);
    }
    List<int[]> lines = new ArrayList<>();
    for (int[] way : layers.ways) {
      lines.add(line(way, x, y));
    }
    int width = at.length == 0 ? 0 : (int) Math.ceil(most - least);
    int height = Math.max(0, layers.count * (BOX + BETWEEN_LAYERS) - BETWEEN_LAYERS);
    return new LayeredDrawing(
        Arrays.copyOf(x, widths.length), Arrays.copyOf(y, widths.length), lines, width, height);
  }

  private static int[] line(int[] way, int[] x, int[] y) {
    int[] points = new int[2 * way.length];
    for (int i = 0; i < way.length; i++) {
      points[2 * i] = x[way[i]];
      // From the lower edge, through the middles of the layers, to the upper edge.
      points[2 * i + 1] = y[way[i]] + (i == 0 ? BOX : i == way.length - 1 ? 0 : BOX / 2);
    }
    return points;
  }

  /** Middles of all points: each wants to be where its neighbours are. */
  private static double[] places(Layers layers, List<List<Integer>> order, int[] widths) {
    double[] at = new double[layers.layerOf.size()];
    for (List<Integer> layer : order) {
      double[] gaps = gaps(layer, widths);
      double cursor = 0;
      for (int i = 0; i < gaps.length; i++) {
        cursor += gaps[i];
        at[layer.get(i)] = cursor;
      }
      double middle = cursor / 2;
      layer.forEach(p -> at[p] -= middle);
    }
    for (int round = 0; round < PLACE_ROUNDS; round++) {
      boolean down = round % 2 == 0;
      boolean both = round >= PLACE_ROUNDS / 3;
      for (int i = 0; i < order.size(); i++) {
        List<Integer> layer = order.get(down ? i : order.size() - 1 - i);
        settle(layers, layer, widths, at, down || both, !down || both);
      }
    }
    straighten(order, at);
    // A box alone on its layer stands right below what it reads.
    for (List<Integer> layer : order) {
      if (layer.size() == 1 && layers.above.get(layer.get(0)).size() == 1) {
        at[layer.get(0)] = at[layers.above.get(layer.get(0)).get(0)];
      }
    }
    return at;
  }

  /**
   * Takes out what all layers drift to one side over a long way, which the rounds above, looking at
   * neighbours only, are slow to see.
   */
  private static void straighten(List<List<Integer>> order, double[] at) {
    double[] trend = new double[order.size()];
    for (int i = 0; i < trend.length; i++) {
      trend[i] = order.get(i).stream().mapToDouble(p -> at[p]).average().orElse(0);
    }
    trend = smooth(smooth(trend));
    for (int i = 0; i < trend.length; i++) {
      for (int p : order.get(i)) {
        at[p] -= trend[i];
      }
    }
  }

  /** Each number as the mean of those around it. */
  private static double[] smooth(double[] numbers) {
    double[] sums = new double[numbers.length + 1];
    for (int i = 0; i < numbers.length; i++) {
      sums[i + 1] = sums[i] + numbers[i];
    }
    double[] smooth = new double[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      int from = Math.max(0, i - DRIFT);
      int to = Math.min(numbers.length, i + DRIFT + 1);
      smooth[i] = (sums[to] - sums[from]) / (to - from);
    }
    return smooth;
  }

  /** Distance of each point's middle from the one on its left. */
  private static double[] gaps(List<Integer> layer, int[] widths) {
    double[] gaps = new double[layer.size()];
    for (int i = 1; i < gaps.length; i++) {
      int left = layer.get(i - 1);
      int right = layer.get(i);
      boolean joints = left >= widths.length && right >= widths.length;
      gaps[i] =
          (joints ? BETWEEN_JOINTS : BETWEEN_BOXES)
              + (left < widths.length ? widths[left] / 2.0 : 0)
              + (right < widths.length ? widths[right] / 2.0 : 0);
    }
    return gaps;
  }

  private static void settle(
      Layers layers, List<Integer> layer, int[] widths, double[] at, boolean up, boolean down) {
    int n = layer.size();
    double[] gaps = gaps(layer, widths);
    double[] wish = new double[n];
    double[] weight = new double[n];
    double shift = 0;
    for (int i = 0; i < n; i++) {
      int p = layer.get(i);
      double sum = 0;
      double total = 0;
      List<Integer> near = new ArrayList<>(up ? layers.above.get(p) : List.of());
      near.addAll(down ? layers.below.get(p) : List.of());
      for (int q : near) {
        double w = STRAIGHT[(p >= layers.boxes ? 1 : 0) + (q >= layers.boxes ? 1 : 0)];
        sum += w * at[q];
        total += w;
      }
      shift += gaps[i];
      weight[i] = total == 0 ? 0.01 : total;
      wish[i] = (total == 0 ? at[p] : sum / total) - shift;
    }
    double[] placed = nondecreasing(wish, weight);
    shift = 0;
    for (int i = 0; i < n; i++) {
      shift += gaps[i];
      at[layer.get(i)] = placed[i] + shift;
    }
  }

  /**
   * The numbers closest to the wishes, by weighted squares, that never decrease: neighbours in the
   * wrong order are pooled at their mean.
   */
  static double[] nondecreasing(double[] wish, double[] weight) {
    int n = wish.length;
    double[] mean = new double[n];
    double[] mass = new double[n];
    int[] length = new int[n];
    int pools = 0;
    for (int i = 0; i < n; i++) {
      mean[pools] = wish[i];
      mass[pools] = weight[i];
      length[pools] = 1;
      while (pools > 0 && mean[pools - 1] > mean[pools]) {
        double m = mass[pools - 1] + mass[pools];
        mean[pools - 1] = (mean[pools - 1] * mass[pools - 1] + mean[pools] * mass[pools]) / m;
        mass[pools - 1] = m;
        length[pools - 1] += length[pools];
        pools--;
      }
      pools++;
    }
    double[] out = new double[n];
    int at = 0;
    for (int p = 0; p < pools; p++) {
      Arrays.fill(out, at, at + length[p], mean[p]);
      at += length[p];
    }
    return out;
  }
}
