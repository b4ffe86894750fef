package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ConvTranspose;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/**
 * {@code Conv(x, w, 0) -> Conv(x, w)}, also transposed: exporters give every convolution a bias. A
 * negative zero would become a positive one, hence not quite exact.
 */
public record DropZeroBias() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Roots roots() {
    return Roots.of(Conv.class, ConvTranspose.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    boolean isConvolution = root.op() instanceof Conv || root.op() instanceof ConvTranspose;
    return isConvolution && root.operands().size() == 3 && context.isUniform(root.operand(2), 0)
        ? Replacement.by(context.add(root.op(), root.operand(0), root.operand(1)))
        : Optional.empty();
  }
}
