package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Slice;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * {@code Slice(Concat(a, b, c)) -> Slice(Concat(b, c))} where all readers of the Concat are slices,
 * and those that reach into {@code b} or {@code c} reach into just these two: nothing is joined
 * twice.
 */
public record DropUnreadParts() implements Rule {
  /** Readers beyond that are not compared: each looks at all the others. */
  private static final int MOST_READERS = 16;

  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(Slice.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof Slice s) || root.result().shape().elements() == 0) {
      return Optional.empty();
    }
    Value all = root.operand(0);
    Optional<Node> concat = context.producer(all, Concat.class);
    if (concat.isEmpty() || context.isOutput(all) || context.users(all).size() > MOST_READERS) {
      return Optional.empty();
    }
    int axis = ((Concat) concat.get().op()).axis();
    List<Value> parts = concat.get().operands();
    BitSet read = span(s, axis, parts);
    for (Node n : context.users(all)) {
      if (!(n.op() instanceof Slice other) || n.result().shape().elements() == 0) {
        return Optional.empty();
      }
      BitSet theirs = span(other, axis, parts);
      if (theirs.intersects(read) && !theirs.equals(read)) {
        return Optional.empty();
      }
    }
    if (read.cardinality() == parts.size()) {
      return Optional.empty();
    }
    List<Value> kept = new ArrayList<>();
    long start = s.starts().get(axis);
    long at = 0;
    for (int i = 0; i < parts.size(); i++) {
      long extent = parts.get(i).type().dim(axis);
      if (read.get(i)) {
        kept.add(parts.get(i));
      } else if (at < s.starts().get(axis)) {
        start -= extent;
      }
      at += extent;
    }
    List<Long> starts = new ArrayList<>(s.starts());
    starts.set(axis, start);
    Value smaller = context.addAll(concat.get().op(), kept).get(0);
    return Replacement.by(context.add(new Slice(starts, s.sizes(), s.steps()), smaller));
  }

  /** All parts from the first that a slice reads to the last. */
  private static BitSet span(Slice s, int axis, List<Value> parts) {
    long start = s.starts().get(axis);
    long end = start + (s.sizes().get(axis) - 1) * s.steps().get(axis);
    BitSet span = new BitSet();
    long at = 0;
    for (int i = 0; i < parts.size(); i++) {
      long next = at + parts.get(i).type().dim(axis);
      span.set(i, Math.min(start, end) < next && Math.max(start, end) >= at && next > at);
      at = next;
    }
    return span;
  }
}
