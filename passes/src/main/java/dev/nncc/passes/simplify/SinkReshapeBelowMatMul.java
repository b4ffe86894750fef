package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Reshape;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/**
 * {@code MatMul(Reshape(x), w) -> Reshape(MatMul(x, w))} for a matrix {@code w} and a reshape that
 * leaves the last axis alone: the reshape meets the one that exporters put behind, and they cancel.
 */
public record SinkReshapeBelowMatMul() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(MatMul.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof MatMul m) || m.transposeA() || root.operand(1).shape().rank() != 2) {
      return Optional.empty();
    }
    Optional<Node> reshape = context.producer(root.operand(0), Reshape.class);
    if (reshape.isEmpty()) {
      return Optional.empty();
    }
    Value x = reshape.get().operand(0);
    Value flat = root.operand(0);
    int last = x.shape().rank() - 1;
    if (last < 1 || x.type().dim(last) != flat.type().dim(flat.shape().rank() - 1)) {
      return Optional.empty();
    }
    Value product = context.add(m, x, root.operand(1));
    return Replacement.by(context.add(new Reshape(root.result().shape()), product));
  }
}
