package dev.nncc.graph.random;

import dev.nncc.graph.Constant;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Makes a graph that shows a fault smaller, one change at a time, as long as the fault stays:
 * outputs dropped, results replaced by inputs, constants or operands, extents made smaller, numbers
 * made simple.
 */
public final class Shrink {
  private final Predicate<RandomGraph> fails;
  private RandomGraph best;

  private Shrink(RandomGraph start, Predicate<RandomGraph> fails) {
    this.best = start;
    this.fails = fails;
  }

  /**
   * The smallest graph found.
   *
   * @param fails whether a graph shows the fault; true for {@code start}
   */
  public static RandomGraph minimal(RandomGraph start, Predicate<RandomGraph> fails) {
    return new Shrink(start, fails).run();
  }

  private RandomGraph run() {
    boolean better = true;
    while (better) {
      better = outputs();
      better |= results();
      better |= extents();
    }
    numbers();
    return best;
  }

  private boolean outputs() {
    boolean better = false;
    for (int i = best.graph().outputs().size() - 1; i >= 0; i--) {
      List<Value> kept = new ArrayList<>(best.graph().outputs());
      if (kept.size() > 1) {
        kept.remove(i);
        better |= accept(new Rebuild(best).outputs(kept));
      }
    }
    // What comes behind the fault may only hand it on.
    for (Node n : best.graph().nodes()) {
      if (!(n.op() instanceof Constant) && accept(new Rebuild(best).outputs(n.results()))) {
        return true;
      }
    }
    return better;
  }

  private boolean results() {
    boolean better = false;
    for (int i = best.graph().nodes().size() - 1; i >= 0; i--) {
      if (i >= best.graph().nodes().size()) {
        continue;
      }
      Node n = best.graph().nodes().get(i);
      if (n.op() instanceof Constant) {
        continue;
      }
      boolean done = accept(new Rebuild(best).cut(n.results(), Rebuild.Cut.INPUT));
      done = done || accept(new Rebuild(best).cut(n.results(), Rebuild.Cut.CONSTANT));
      for (Value v : n.operands()) {
        done =
            done
                || n.results().size() == 1
                    && v.type().equals(n.result().type())
                    && accept(new Rebuild(best).replace(n.result(), v));
      }
      better |= done;
    }
    return better;
  }

  private boolean extents() {
    TreeSet<Long> found = new TreeSet<>();
    best.graph().inputs().forEach(v -> add(found, v));
    best.graph().nodes().forEach(n -> n.results().forEach(v -> add(found, v)));
    boolean better = false;
    for (long e : found.descendingSet()) {
      boolean done = false;
      for (long smaller : new long[] {1, 2, e / 2, e - 1}) {
        done = done || smaller > 0 && smaller < e && accept(new Rebuild(best).extent(e, smaller));
      }
      better |= done;
    }
    return better;
  }

  private static void add(Set<Long> extents, Value v) {
    for (long e : v.shape().toArray()) {
      if (e > 1) {
        extents.add(e);
      }
    }
  }

  /** Whole numbers, or one number, in place of any. */
  private void numbers() {
    for (int i = 0; i < best.inputs().size(); i++) {
      Tensor t = best.inputs().get(i);
      double[] whole = t.toDoubles();
      for (int k = 0; k < whole.length; k++) {
        whole[k] = Math.rint(whole[k]);
      }
      RandomGraph ones = withInput(i, Tensor.filled(t.type(), 1));
      RandomGraph rounded = withInput(i, Tensor.of(t.type(), whole));
      best = fails.test(ones) ? ones : fails.test(rounded) ? rounded : best;
    }
  }

  private RandomGraph withInput(int i, Tensor t) {
    List<Tensor> inputs = new ArrayList<>(best.inputs());
    inputs.set(i, t);
    return new RandomGraph(best.graph(), inputs);
  }

  /** Nodes count most, then outputs, then elements. */
  private static long size(RandomGraph g) {
    long size = 100L * g.graph().outputs().size();
    for (Value v : g.graph().inputs()) {
      size += v.shape().elements();
    }
    for (Node n : g.graph().nodes()) {
      size += n.op() instanceof Constant ? 10 : 100_000;
      for (Value v : n.results()) {
        size += v.shape().elements();
      }
    }
    return size;
  }

  private boolean accept(Rebuild change) {
    RandomGraph candidate;
    try {
      candidate = change.graph();
    } catch (ModelException | IndexOutOfBoundsException | ArithmeticException e) {
      // The pieces do not fit any more.
      return false;
    }
    // Only what is smaller: a change that changes nothing would be tried for ever.
    if (size(candidate) >= size(best) || !fails.test(candidate)) {
      return false;
    }
    best = candidate;
    return true;
  }

  /** The inputs as text, one a line. */
  public static String inputs(RandomGraph g) {
    StringBuilder s = new StringBuilder();
    for (int i = 0; i < g.inputs().size(); i++) {
      Tensor t = g.inputs().get(i);
      s.append("input ").append(g.graph().inputs().get(i).name()).append(" = ");
      s.append(Arrays.toString(t.toDoubles())).append('\n');
    }
    return s.toString();
  }
}
