package dev.nncc.tensor.placement;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * An input and an output that lie in the context, where what a run leaves is what the next one
 * finds. There are two kinds:
 *
 * <ul>
 *   <li>Both have one shape: two places take turns.
 *   <li>The output is the input with more positions behind it (a cache that grows, {@code
 *       Concat(past, fresh)}): both are views of a longer tensor, along which a window moves. A run
 *       writes the fresh positions only; the oldest ones drop out.
 * </ul>
 *
 * @param input number of the graph's input
 * @param output number of the graph's output
 * @param axis along which the window moves, or -1 for two places
 * @param added positions that a run adds
 * @param capacity positions of the longer tensor
 */
public record Kept(
    Value past, Value next, int input, int output, int axis, long added, long capacity) {
  /** Positions beside the window: the more, the rarer is what it keeps moved back. */
  private static final long SHARE = 4;

  private static final long LEAST = 64;

  /** Whether the output is a window over the input and what is new. */
  public boolean isWindow() {
    return axis >= 0;
  }

  /**
   * What the ties mean in a graph.
   *
   * @throws IllegalArgumentException where they mean nothing: the message names the tie
   */
  static List<Kept> of(Graph graph, List<Tie> ties) {
    List<Kept> all = new ArrayList<>();
    Set<String> seen = new LinkedHashSet<>();
    for (Tie t : expanded(graph, ties)) {
      if (!seen.add("input " + t.past()) || !seen.add("output " + t.next())) {
        throw new IllegalArgumentException("state " + t + ": one of the two has another state");
      }
      all.add(of(graph, t));
    }
    return List.copyOf(all);
  }

  /** Ties of single names: a star in an output's name stands in the input's for the same text. */
  private static List<Tie> expanded(Graph graph, List<Tie> ties) {
    List<Tie> all = new ArrayList<>();
    for (Tie t : ties) {
      int star = t.next().indexOf('*');
      if (star < 0) {
        all.add(t);
        continue;
      }
      String before = t.next().substring(0, star);
      String behind = t.next().substring(star + 1);
      int some = all.size();
      for (String name : graph.outputNames()) {
        int most = name.length() - behind.length();
        if (name.startsWith(before) && name.endsWith(behind) && most >= star) {
          all.add(new Tie(name, t.past().replace("*", name.substring(star, most))));
        }
      }
      if (all.size() == some) {
        String there = String.join(", ", graph.outputNames());
        throw new IllegalArgumentException("state " + t + ": no such output; there are " + there);
      }
    }
    return all;
  }

  private static Kept of(Graph graph, Tie t) {
    List<String> inputs = graph.inputs().stream().map(Value::name).toList();
    int input = inputs.indexOf(t.past());
    int output = graph.outputNames().indexOf(t.next());
    if (input < 0) {
      throw new IllegalArgumentException(
          "state " + t + ": no input '" + t.past() + "'; there are " + String.join(", ", inputs));
    }
    if (output < 0) {
      String there = String.join(", ", graph.outputNames());
      throw new IllegalArgumentException(
          "state " + t + ": no output '" + t.next() + "'; there are " + there);
    }
    Value past = graph.inputs().get(input);
    Value next = graph.outputs().get(output);
    if (past.type().equals(next.type())) {
      return new Kept(past, next, input, output, -1, 1, 2);
    }
    int axis = axis(past.type(), next.type());
    Node made = graph.producer(next).orElse(null);
    boolean joined =
        axis >= 0
            && made != null
            && made.op() instanceof Concat c
            && c.axis() == axis
            && made.operand(0).equals(past)
            && made.operands().stream().filter(past::equals).count() == 1
            && graph.outputs().stream().filter(next::equals).count() == 1;
    if (!joined) {
      throw new IllegalArgumentException(
          "state %s: %s and %s are neither alike nor is the output the input with more behind it"
              .formatted(t, past.type(), next.type()));
    }
    long before = past.shape().dim(axis);
    long added = next.shape().dim(axis) - before;
    return new Kept(past, next, input, output, axis, added, capacity(before, added));
  }

  /** The axis in which the second is longer, if that is the only difference; else -1. */
  private static int axis(TensorType a, TensorType b) {
    int found = -1;
    if (a.dtype() != b.dtype() || a.shape().rank() != b.shape().rank()) {
      return -1;
    }
    for (int d = 0; d < a.shape().rank(); d++) {
      if (a.shape().dim(d) != b.shape().dim(d)) {
        if (found >= 0 || a.shape().dim(d) > b.shape().dim(d)) {
          return -1;
        }
        found = d;
      }
    }
    return found;
  }

  /** The same for all that a run may add, within reason, so that profiles can share a cache. */
  private static long capacity(long before, long added) {
    long room = Math.max(LEAST, before / SHARE);
    return before + (added <= room ? room : added + room);
  }
}
