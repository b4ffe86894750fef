package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.PoolKind;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code Pool(x) -> Reduce(x)} for one window that is the whole image, without a border. */
public record PoolToReduce() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Roots roots() {
    return Roots.of(Pool.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof Pool pool)) {
      return Optional.empty();
    }
    TensorType x = root.operand(0).type();
    List<Integer> axes = new ArrayList<>();
    for (int i = 0; i < pool.kernel().size(); i++) {
      boolean whole =
          pool.kernel().get(i) == x.dim(i + 2)
              && pool.dilations().get(i) == 1
              && pool.padsBegin().get(i) == 0
              && pool.padsEnd().get(i) == 0
              && root.result().type().dim(i + 2) == 1;
      if (!whole) {
        return Optional.empty();
      }
      axes.add(i + 2);
    }
    ReduceKind kind = pool.kind() == PoolKind.MAX ? ReduceKind.MAX : ReduceKind.MEAN;
    return Replacement.by(context.add(new Reduce(kind, axes, true), root.operand(0)));
  }
}
