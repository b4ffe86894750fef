package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code Concat(Transpose(x), Transpose(y)) -> Transpose(Concat(x, y))} for operands that are
 * transposed alike and by nobody else read.
 */
public record ConcatOfTransposes() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(Concat.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof Concat concat) || root.operands().size() < 2) {
      return Optional.empty();
    }
    List<Value> operands = new ArrayList<>();
    Optional<Transpose> perm = Optional.empty();
    for (Value v : root.operands()) {
      Optional<Node> n = context.onlyFor(v, Transpose.class);
      if (n.isEmpty() || !perm.map(p -> p.equals(n.get().op())).orElse(true)) {
        return Optional.empty();
      }
      perm = Optional.of((Transpose) n.get().op());
      operands.add(n.get().operand(0));
    }
    return perm.flatMap(
        p -> {
          Concat before = new Concat(p.perm().get(concat.axis()));
          return Replacement.by(context.add(p, context.addAll(before, operands).get(0)));
        });
  }
}
