package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Slice;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code Slice(Concat(a, b, ..)) -> Slice(b)} where the slice lies within one operand. */
public record SliceOfConcat() implements Rule {
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
    if (!(root.op() instanceof Slice s) || root.result().shape().elements() == 0) {
      return Optional.empty();
    }
    Optional<Node> concat = context.producer(root.operand(0), Concat.class);
    if (concat.isEmpty()) {
      return Optional.empty();
    }
    int axis = ((Concat) concat.get().op()).axis();
    long first = s.starts().get(axis);
    long last = first + (s.sizes().get(axis) - 1) * s.steps().get(axis);
    long begin = 0;
    for (Value v : concat.get().operands()) {
      long end = begin + v.type().dim(axis);
      if (Math.min(first, last) >= begin && Math.max(first, last) < end) {
        List<Long> starts = new ArrayList<>(s.starts());
        starts.set(axis, first - begin);
        return Replacement.by(context.add(new Slice(starts, s.sizes(), s.steps()), v));
      }
      begin = end;
    }
    return Optional.empty();
  }
}
