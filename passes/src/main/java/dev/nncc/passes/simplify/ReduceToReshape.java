package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.Reshape;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/** {@code Reduce(x) -> Reshape(x)} along axes of extent 1. */
public record ReduceToReshape() implements Rule {
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
    if (!(root.op() instanceof Reduce r)
        || !r.axes().stream().allMatch(axis -> root.operand(0).type().dim(axis) == 1)) {
      return Optional.empty();
    }
    return Replacement.by(context.add(new Reshape(root.result().shape()), root.operand(0)));
  }
}
