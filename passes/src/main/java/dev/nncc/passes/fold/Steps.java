package dev.nncc.passes.fold;

import dev.nncc.graph.Constant;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.Slice;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which pixels of values are read: every n-th along each spatial axis, if all readers agree on that
 * and the value can be made so.
 */
final class Steps {
  private final Graph graph;
  private final Set<Integer> fixed = new TreeSet<>();
  private final Set<Integer> constants = new TreeSet<>();
  private Map<Integer, List<Long>> steps = new TreeMap<>();

  Steps(Graph graph) {
    this.graph = graph;
    for (Node n : graph.nodes()) {
      if (n.op() instanceof Constant) {
        constants.add(n.result().id());
      }
    }
  }

  /** Steps by id of the values that need not be made whole. */
  Map<Integer, List<Long>> settled() {
    if (graph.nodes().stream().allMatch(n -> isOnes(strides(n)))) {
      return Map.of();
    }
    int before;
    do {
      before = fixed.size();
      steps = new TreeMap<>();
      List<Node> nodes = new ArrayList<>(graph.nodes());
      Collections.reverse(nodes);
      nodes.forEach(this::wanted);
      graph.inputs().forEach(v -> steps.put(v.id(), List.of()));
      graph.nodes().forEach(this::check);
    } while (fixed.size() > before);
    steps.values().removeIf(Steps::isOnes);
    return steps;
  }

  /** Notes what a node wants of its operands; its own readers have been seen. */
  private void wanted(Node n) {
    List<Long> own = wantedOf(n);
    for (Value v : n.operands()) {
      List<Long> wanted = reads(n, v, own);
      steps.merge(v.id(), wanted, (a, b) -> a.equals(b) ? a : List.of());
    }
  }

  /** The steps of a node's result, empty if it has to be made whole. */
  private List<Long> wantedOf(Node n) {
    if (n.results().size() != 1
        || fixed.contains(n.result().id())
        || graph.outputs().contains(n.result())) {
      return List.of();
    }
    return steps.getOrDefault(n.result().id(), List.of());
  }

  private List<Long> reads(Node n, Value v, List<Long> own) {
    if (!strides(n).isEmpty() && v.equals(n.operand(0))) {
      return times(strides(n), own, false);
    }
    return n.op() instanceof Elementwise && !isOnes(own) && isImage(v, n.result())
        ? own
        : List.of();
  }

  /** Fixes the result of a node that cannot leave pixels out. */
  private void check(Node n) {
    if (n.results().size() != 1 || isOnes(wantedOf(n))) {
      n.results().forEach(v -> steps.put(v.id(), List.of()));
      return;
    }
    boolean can =
        n.op() instanceof Conv
            || n.op() instanceof Pool p && !p.ceilMode()
            || !strides(n).isEmpty()
            || n.op() instanceof Elementwise && operandsSkip(n);
    if (!can) {
      fixed.add(n.result().id());
      steps.put(n.result().id(), List.of());
    }
  }

  /** Whether an operand skips the pixels too; others are images that can be sampled. */
  private boolean operandsSkip(Node n) {
    List<Long> own = wantedOf(n);
    boolean any = false;
    for (Value v : n.operands()) {
      if (!isSmall(v, n.result())) {
        if (!isImage(v, n.result()) || constants.contains(v.id())) {
          return false;
        }
        any |= own.equals(steps.get(v.id()));
      }
    }
    return any;
  }

  /** Whether an operand of an elementwise node is an image, as large as the node's own was. */
  static boolean isLarge(Value v, Value result) {
    return !isSmall(v, result) && isImage(v, result);
  }

  /** Whether an operand is the same for all pixels. */
  private static boolean isSmall(Value v, Value result) {
    int missing = result.shape().rank() - v.shape().rank();
    for (int i = 2; i < result.shape().rank(); i++) {
      if (i >= missing && v.type().dim(i - missing) != 1) {
        return false;
      }
    }
    return true;
  }

  private static boolean isImage(Value v, Value result) {
    int rank = result.shape().rank();
    return v.shape().rank() == rank
        && v.shape().dims().subList(2, rank).equals(result.shape().dims().subList(2, rank));
  }

  /**
   * The strides of a node that reads single pixels: a convolution of one tap without border, a pool
   * of one, a slice of the whole image. Empty for others.
   */
  static List<Long> strides(Node n) {
    if (n.operands().isEmpty() || !n.operand(0).shape().isConstant()) {
      return List.of();
    }
    if (n.op() instanceof Conv c) {
      boolean point = isPlain(c.padsBegin(), c.padsEnd()) && n.operand(1).shape().isConstant();
      for (int i = 2; point && i < n.operand(1).shape().rank(); i++) {
        point = n.operand(1).type().dim(i) == 1;
      }
      return point ? c.strides() : List.of();
    }
    if (n.op() instanceof Pool p) {
      boolean point = isPlain(p.padsBegin(), p.padsEnd()) && isOnes(p.kernel()) && !p.ceilMode();
      return point ? p.strides() : List.of();
    }
    return n.op() instanceof Slice s ? strides(s, n.operand(0).shape()) : List.of();
  }

  private static List<Long> strides(Slice s, Shape of) {
    if (of.rank() < 3 || !isOnes(s.steps().subList(0, 2))) {
      return List.of();
    }
    List<Long> strides = s.steps().subList(2, of.rank());
    return strides.stream().allMatch(x -> x > 0) && every(s, strides, of).equals(s)
        ? strides
        : List.of();
  }

  /** A slice with other steps over the image, which it takes from the first pixel to the last. */
  static Slice every(Slice s, List<Long> strides, Shape of) {
    List<Long> starts = new ArrayList<>(s.starts().subList(0, 2));
    List<Long> sizes = new ArrayList<>(s.sizes().subList(0, 2));
    List<Long> steps = new ArrayList<>(s.steps().subList(0, 2));
    for (int i = 2; i < of.rank(); i++) {
      long step = strides.get(i - 2);
      starts.add(0L);
      sizes.add((of.dim(i) + step - 1) / step);
      steps.add(step);
    }
    return new Slice(starts, sizes, steps);
  }

  private static boolean isPlain(List<Long> begin, List<Long> end) {
    return begin.stream().allMatch(p -> p == 0) && end.stream().allMatch(p -> p == 0);
  }

  static boolean isOnes(List<Long> steps) {
    return steps.stream().allMatch(s -> s == 1);
  }

  /** Strides times steps, where an empty list stands for ones. */
  static List<Long> times(List<Long> strides, List<Long> steps, boolean fromOne) {
    List<Long> out = new ArrayList<>();
    for (int i = 0; i < strides.size(); i++) {
      out.add((fromOne ? 1 : strides.get(i)) * (steps.isEmpty() ? 1 : steps.get(i)));
    }
    return out;
  }
}
