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

/**
 * {@code Concat(Slice(x), Slice(x)) -> Slice(x)} for operands that follow each other in {@code x}.
 */
public record ConcatOfSlices() implements Rule {
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
    List<Value> merged = new ArrayList<>(root.operands().subList(0, 1));
    for (Value v : root.operands().subList(1, root.operands().size())) {
      int last = merged.size() - 1;
      Optional<Value> both = joined(merged.get(last), v, concat.axis(), context);
      both.ifPresentOrElse(b -> merged.set(last, b), () -> merged.add(v));
    }
    return merged.size() == root.operands().size()
        ? Optional.empty()
        : Optional.of(new Replacement(context.addAll(concat, merged)));
  }

  private static Optional<Value> joined(Value a, Value b, int axis, RewriteContext context) {
    Optional<Node> first = context.producer(a, Slice.class);
    Optional<Node> second = context.producer(b, Slice.class);
    if (first.isEmpty()
        || second.isEmpty()
        || !first.get().operand(0).equals(second.get().operand(0))) {
      return Optional.empty();
    }
    Slice s = (Slice) first.get().op();
    Slice t = (Slice) second.get().op();
    for (int i = 0; i < s.starts().size(); i++) {
      long next = i == axis ? s.sizes().get(i) : 0;
      boolean follows =
          s.steps().get(i) == 1
              && t.steps().get(i) == 1
              && t.starts().get(i) == s.starts().get(i) + next
              && (i == axis || s.sizes().get(i).equals(t.sizes().get(i)));
      if (!follows) {
        return Optional.empty();
      }
    }
    List<Long> sizes = new ArrayList<>(s.sizes());
    sizes.set(axis, s.sizes().get(axis) + t.sizes().get(axis));
    Slice both = new Slice(s.starts(), sizes, s.steps());
    return Optional.of(context.add(both, first.get().operand(0)));
  }
}
