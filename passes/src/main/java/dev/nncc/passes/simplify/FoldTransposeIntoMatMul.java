package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/**
 * {@code MatMul(Transpose(a), b) -> MatMul(a, b)} with the flag turned, for a transpose of the last
 * two axes; the same on the right.
 */
public record FoldTransposeIntoMatMul() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof MatMul m)) {
      return Optional.empty();
    }
    for (int i = 0; i < 2; i++) {
      Optional<Node> t = context.producer(root.operand(i), Transpose.class);
      if (t.isPresent() && Perms.swapsLastTwo(((Transpose) t.get().op()).perm())) {
        Value inner = t.get().operand(0);
        return Replacement.by(
            i == 0
                ? context.add(new MatMul(!m.transposeA(), m.transposeB()), inner, root.operand(1))
                : context.add(new MatMul(m.transposeA(), !m.transposeB()), root.operand(0), inner));
      }
    }
    return Optional.empty();
  }
}
