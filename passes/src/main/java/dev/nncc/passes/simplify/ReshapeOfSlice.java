package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Slice;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * {@code Reshape(Slice(Reshape(x))) -> Slice(x)} where an axis is split, one place of a part taken,
 * and the rest joined again: every second channel, which is what shuffled channels are read as.
 */
public record ReshapeOfSlice() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(Reshape.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof Reshape) || root.result().shape().elements() == 0) {
      return Optional.empty();
    }
    Optional<Node> slice = context.producer(root.operand(0), Slice.class);
    Optional<Node> split = slice.flatMap(n -> context.producer(n.operand(0), Reshape.class));
    if (split.isEmpty()) {
      return Optional.empty();
    }
    Shape parts = split.get().result().shape();
    Value x = split.get().operand(0);
    Slice s = (Slice) slice.orElseThrow().op();
    int at = place(s, parts);
    if (at < 0) {
      return Optional.empty();
    }
    return direct(x.shape(), parts.strides()[at], parts.dim(at), s.starts().get(at))
        .filter(d -> d.sizes().equals(extents(root.result().shape())))
        .flatMap(d -> Replacement.by(context.add(d, x)));
  }

  private static List<Long> extents(Shape shape) {
    return java.util.Arrays.stream(shape.toArray()).boxed().toList();
  }

  /** The only axis that is cut, if one place of it is left; else -1. */
  private static int place(Slice s, Shape from) {
    int found = -1;
    for (int a = 0; a < from.rank(); a++) {
      if (s.sizes().get(a) == from.dim(a) && s.steps().get(a) == 1) {
        continue;
      }
      if (found >= 0 || s.sizes().get(a) != 1) {
        return -1;
      }
      found = a;
    }
    return found;
  }

  /** Place {@code start} of {@code count} runs of {@code stride} elements, as a slice. */
  private static Optional<Slice> direct(Shape x, long stride, long count, long start) {
    long[] strides = x.strides();
    for (int a = 0; a < x.rank(); a++) {
      boolean within = stride % strides[a] == 0 && strides[a] * x.dim(a) % (stride * count) == 0;
      if (x.dim(a) == 1 || !within) {
        continue;
      }
      long run = stride / strides[a];
      boolean outermost = run * count == x.dim(a);
      if (run != 1 && !outermost) {
        return Optional.empty();
      }
      List<Long> starts = new ArrayList<>(Collections.nCopies(x.rank(), 0L));
      List<Long> steps = new ArrayList<>(Collections.nCopies(x.rank(), 1L));
      List<Long> sizes = new ArrayList<>(extents(x));
      starts.set(a, start * run);
      sizes.set(a, x.dim(a) / count);
      steps.set(a, outermost ? 1 : count);
      return Optional.of(new Slice(starts, sizes, steps));
    }
    return Optional.empty();
  }
}
