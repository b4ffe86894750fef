package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/**
 * {@code Transpose(x) -> Reshape(x)} where only axes of extent 1 change their place: no element
 * moves.
 */
public record TransposeToReshape() implements Rule {
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
    if (!(root.op() instanceof Transpose t)) {
      return Optional.empty();
    }
    return Perms.movesOnlyOnes(t.perm(), root.operand(0).shape())
        ? Replacement.by(context.add(new Reshape(root.result().shape()), root.operand(0)))
        : Optional.empty();
  }
}
