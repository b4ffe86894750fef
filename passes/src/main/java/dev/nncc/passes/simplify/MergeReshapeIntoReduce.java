package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.Reshape;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/**
 * {@code Reshape(Reduce(x, keepDims)) -> Reduce(x)} where the reshape drops exactly the axes that
 * the reduction kept, or puts them back.
 */
public record MergeReshapeIntoReduce() implements Rule {
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
    if (!(root.op() instanceof Reshape)) {
      return Optional.empty();
    }
    return context
        .onlyFor(root.operand(0), Reduce.class)
        .flatMap(
            n -> {
              Reduce r = (Reduce) n.op();
              Reduce other = new Reduce(r.kind(), r.axes(), !r.keepDims());
              TensorType type = other.infer(n.operandTypes()).get(0);
              return type.equals(root.result().type())
                  ? Replacement.by(context.add(other, n.operand(0)))
                  : Optional.empty();
            });
  }
}
