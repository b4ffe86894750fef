package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.op.Slice;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code Slice(Slice(x)) -> Slice(x)}. */
public record MergeSlices() implements Rule {
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
    if (!(root.op() instanceof Slice outer)) {
      return Optional.empty();
    }
    return context
        .producer(root.operand(0), Slice.class)
        .flatMap(
            n -> {
              Slice inner = (Slice) n.op();
              List<Long> starts = new ArrayList<>();
              List<Long> steps = new ArrayList<>();
              for (int i = 0; i < inner.starts().size(); i++) {
                starts.add(inner.starts().get(i) + inner.steps().get(i) * outer.starts().get(i));
                steps.add(inner.steps().get(i) * outer.steps().get(i));
              }
              // A start that no element has may lie outside.
              return root.result().shape().elements() == 0
                  ? Optional.empty()
                  : Replacement.by(
                      context.add(new Slice(starts, outer.sizes(), steps), n.operand(0)));
            });
  }
}
