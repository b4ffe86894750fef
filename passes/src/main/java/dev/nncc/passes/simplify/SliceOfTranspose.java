package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.List;
import java.util.Optional;

/**
 * {@code Slice(Transpose(x)) -> Transpose(Slice(x))}: fewer elements are moved. Where others read
 * the transpose too, only if nothing of the slice is left to move: one of the parts of queries,
 * keys and values of a single head.
 */
public record SliceOfTranspose() implements Rule {
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
    if (!(root.op() instanceof Slice s)) {
      return Optional.empty();
    }
    Optional<Node> transpose = context.producer(root.operand(0), Transpose.class);
    if (transpose.isEmpty()) {
      return Optional.empty();
    }
    Transpose t = (Transpose) transpose.get().op();
    List<Integer> inverse = Perms.inverse(t.perm());
    if (!context.hasOneUse(root.operand(0))
        && !Perms.movesOnlyOnes(inverse, root.result().shape())) {
      return Optional.empty();
    }
    Slice before =
        new Slice(
            Perms.apply(inverse, s.starts()),
            Perms.apply(inverse, s.sizes()),
            Perms.apply(inverse, s.steps()));
    Value slice = context.add(before, transpose.get().operand(0));
    return Replacement.by(context.add(t, slice));
  }
}
