package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.List;
import java.util.Optional;

/** {@code Transpose(Transpose(x)) -> Transpose(x)} with the composed order of axes. */
public record MergeTransposes() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(Transpose.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof Transpose outer)) {
      return Optional.empty();
    }
    return context
        .producer(root.operand(0), Transpose.class)
        .flatMap(
            inner -> {
              List<Integer> first = ((Transpose) inner.op()).perm();
              Transpose both = new Transpose(Perms.compose(first, outer.perm()));
              return Replacement.by(context.add(both, inner.operand(0)));
            });
  }
}
