package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.Reshape;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
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
  public Roots roots() {
    return Roots.of(Reduce.class);
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
    for (AxisGroups.Group g : AxisGroups.of(from, to)) {
      List<Integer> large = AxisGroups.large(g.to(), to);
      long taken = large.stream().filter(reduced::contains).count();
      if (taken != 0 && taken != large.size()) {
        return Optional.empty();
      }
      found.addAll(taken > 0 ? g.from() : List.of());
    }
    return Optional.of(found);
  }
}
