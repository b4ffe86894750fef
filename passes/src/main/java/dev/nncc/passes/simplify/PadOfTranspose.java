package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.op.Pad;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.List;
import java.util.Optional;

/**
 * {@code Pad(Transpose(x)) -> Transpose(Pad(x))} if only transposes read it: there they cancel, and
 * the border meets its convolution.
 */
public record PadOfTranspose() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(Pad.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof Pad pad)
        || context.isOutput(root.result())
        || !context.users(root.result()).stream().allMatch(n -> n.op() instanceof Transpose)) {
      return Optional.empty();
    }
    Optional<Node> transpose = context.onlyFor(root.operand(0), Transpose.class);
    if (transpose.isEmpty()) {
      return Optional.empty();
    }
    Transpose t = (Transpose) transpose.get().op();
    List<Integer> inverse = Perms.inverse(t.perm());
    Pad before =
        new Pad(
            Perms.apply(inverse, pad.before()),
            Perms.apply(inverse, pad.after()),
            pad.mode(),
            pad.value());
    return Replacement.by(context.add(t, context.add(before, transpose.get().operand(0))));
  }
}
