package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * {@code MatMul(Transpose(a), b) -> MatMul(a, b)} with the flag turned, for a transpose of the last
 * two axes; the same on the right. Of a transpose that also moves others (keys of attention: heads,
 * then width before time) the swap goes into the flag as well, if nobody else reads it: what is
 * left keeps rows together.
 */
public record FoldTransposeIntoMatMul() implements Rule {
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
    if (!(root.op() instanceof MatMul m)) {
      return Optional.empty();
    }
    for (int i = 0; i < 2; i++) {
      Value v = root.operand(i);
      Optional<Node> t = context.producer(v, Transpose.class);
      Optional<Value> turned = t.flatMap(n -> turned(n, context.hasOneUse(v), context));
      if (turned.isPresent()) {
        Value w = turned.get();
        return Replacement.by(
            i == 0
                ? context.add(new MatMul(!m.transposeA(), m.transposeB()), w, root.operand(1))
                : context.add(new MatMul(m.transposeA(), !m.transposeB()), root.operand(0), w));
      }
    }
    return Optional.empty();
  }

  /** The transposed value with its last two axes exchanged, where that is simpler. */
  private static Optional<Value> turned(Node t, boolean alone, RewriteContext context) {
    List<Integer> perm = ((Transpose) t.op()).perm();
    int n = perm.size();
    if (Perms.swapsLastTwo(perm)) {
      return Optional.of(t.operand(0));
    }
    if (!alone || n < 2 || perm.get(n - 2) != n - 1) {
      return Optional.empty();
    }
    List<Integer> swapped = new ArrayList<>(perm);
    Collections.swap(swapped, n - 1, n - 2);
    return Optional.of(context.add(new Transpose(swapped), t.operand(0)));
  }
}
