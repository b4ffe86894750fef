package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Cast;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Expand;
import dev.nncc.graph.op.Pad;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Resize;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Tile;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/**
 * {@code op(x) -> x} for operators that move, convert or resize nothing: Identity, a Reshape to the
 * same shape, a Concat of one, a Pad by nothing, a Cast to the same type and so on.
 */
public record DropIdentity() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (root.operands().size() != 1 || !isIdentity(root)) {
      return Optional.empty();
    }
    return Replacement.by(root.operand(0));
  }

  private static boolean isIdentity(Node n) {
    Value x = n.operand(0);
    if (n.results().size() != 1 || !n.result().type().equals(x.type())) {
      return false;
    }
    if (n.op() instanceof Elementwise e) {
      return e.kind() == ElementwiseKind.IDENTITY;
    }
    if (n.op() instanceof Transpose t) {
      return Perms.isIdentity(t.perm());
    }
    if (n.op() instanceof Slice s) {
      return s.steps().stream().allMatch(step -> step == 1);
    }
    if (n.op() instanceof Reduce r) {
      return r.axes().isEmpty();
    }
    return n.op() instanceof Reshape
        || n.op() instanceof Cast
        || n.op() instanceof Concat
        || n.op() instanceof Expand
        || n.op() instanceof Tile
        || n.op() instanceof Pad
        || n.op() instanceof Pool p && isPlain(p)
        || n.op() instanceof Resize r && isPlain(r);
  }

  /** Windows of one element; with equal sizes they do not step over any either. */
  private static boolean isPlain(Pool p) {
    return p.kernel().stream().allMatch(k -> k == 1)
        && p.padsBegin().stream().allMatch(n -> n == 0)
        && p.padsEnd().stream().allMatch(n -> n == 0);
  }

  /** With equal sizes every coordinate falls on itself unless the scales say otherwise. */
  private static boolean isPlain(Resize r) {
    return r.scales().stream().allMatch(s -> s == 1.0);
  }
}
