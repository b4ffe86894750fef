package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code Concat(a, Concat(b, c)) -> Concat(a, b, c)} along one axis, for an inner one that nobody
 * else reads.
 */
public record MergeConcats() implements Rule {
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
    if (!(root.op() instanceof Concat outer)) {
      return Optional.empty();
    }
    List<Value> flat = new ArrayList<>();
    for (Value v : root.operands()) {
      Optional<Node> inner = context.onlyFor(v, Concat.class).filter(n -> n.op().equals(outer));
      flat.addAll(inner.map(Node::operands).orElse(List.of(v)));
    }
    return flat.size() == root.operands().size()
        ? Optional.empty()
        : Optional.of(new Replacement(context.addAll(outer, flat)));
  }
}
