package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/**
 * {@code Transpose(MatMul(a, b)) -> MatMul(b, a)} with both flags turned, for a transpose of the
 * last two axes of a product that nobody else reads. Weights stay on the right.
 */
public record TransposeOfMatMul() implements Rule {
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
    if (!(root.op() instanceof Transpose t) || !Perms.swapsLastTwo(t.perm())) {
      return Optional.empty();
    }
    return context
        .onlyFor(root.operand(0), MatMul.class)
        .filter(n -> !context.isConstant(n.operand(1)))
        .flatMap(
            n -> {
              MatMul m = (MatMul) n.op();
              MatMul turned = new MatMul(!m.transposeB(), !m.transposeA());
              return Replacement.by(context.add(turned, n.operand(1), n.operand(0)));
            });
  }
}
