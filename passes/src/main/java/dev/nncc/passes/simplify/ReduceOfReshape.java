package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.Reshape;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code Reduce(Reshape(x)) -> Reduce(x)} where each reduced axis is made of whole axes of {@code
 * x}: means over an image that was flattened first. A reshape of the small result may be left.
 */
public record ReduceOfReshape() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof Reduce r) || root.operand(0).shape().elements() == 0) {
      return Optional.empty();
    }
    Optional<Node> reshape = context.producer(root.operand(0), Reshape.class);
    if (reshape.isEmpty()) {
      return Optional.empty();
    }
    Value x = reshape.get().operand(0);
    Optional<List<Integer>> axes = axes(x.shape(), root.operand(0).shape(), r.axes());
    if (axes.isEmpty() || axes.get().isEmpty()) {
      return Optional.empty();
    }
    for (boolean keep : new boolean[] {true, false}) {
      Reduce direct = new Reduce(r.kind(), axes.get(), keep);
      if (direct.infer(List.of(x.type())).get(0).equals(root.result().type())) {
        return Replacement.by(context.add(direct, x));
      }
    }
    Value reduced = context.add(new Reduce(r.kind(), axes.get(), false), x);
    return Replacement.by(context.add(new Reshape(root.result().shape()), reduced));
  }

  /** The axes of {@code from} that make up those of {@code to}; empty if they do not line up. */
  private static Optional<List<Integer>> axes(Shape from, Shape to, List<Integer> reduced) {
    List<Integer> found = new ArrayList<>();
    int i = 0;
    int j = 0;
    while (i < from.rank() || j < to.rank()) {
      // One group: the fewest axes on both sides with the same number of elements.
      int firstSource = i;
      long source = i < from.rank() ? from.dim(i++) : 1;
      int firstTarget = j;
      long target = j < to.rank() ? to.dim(j++) : 1;
      while (source != target) {
        if (source < target) {
          source *= from.dim(i++);
        } else {
          target *= to.dim(j++);
        }
      }
      int large = 0;
      int taken = 0;
      for (int axis = firstTarget; axis < j; axis++) {
        large += to.dim(axis) == 1 ? 0 : 1;
        taken += to.dim(axis) != 1 && reduced.contains(axis) ? 1 : 0;
      }
      if (taken != 0 && taken != large) {
        return Optional.empty();
      }
      for (int axis = firstSource; axis < i && taken > 0; axis++) {
        found.add(axis);
      }
    }
    return Optional.of(found);
  }
}
