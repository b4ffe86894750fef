package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Expand;
import dev.nncc.graph.op.Reshape;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code Concat(x, x, x) -> Reshape(Expand(Reshape(x)))}: one kernel and not one for each copy. */
public record RepeatToExpand() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(Concat.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof Concat concat)
        || root.operands().size() < 2
        || !root.operands().stream().allMatch(root.operand(0)::equals)
        || context.isConstant(root.operand(0))) {
      return Optional.empty();
    }
    List<Long> single = new ArrayList<>();
    for (long extent : root.operand(0).shape().toArray()) {
      single.add(extent);
    }
    single.add(concat.axis(), 1L);
    List<Long> repeated = new ArrayList<>(single);
    repeated.set(concat.axis(), (long) root.operands().size());
    Value x = context.add(new Reshape(Shape.of(single)), root.operand(0));
    Value all = context.add(new Expand(Shape.of(repeated)), x);
    return Replacement.by(context.add(new Reshape(root.result().shape()), all));
  }
}
