package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.Reshape;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code Reduce(Reduce(x)) -> Reduce(x)} over the axes of both, for reductions of one kind: a mean
 * over rows and then over columns. Integer means truncate twice and stay.
 */
public record MergeReductions() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Roots roots() {
    return Roots.of(Reduce.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof Reduce outer) || !root.result().dtype().isFloat()) {
      return Optional.empty();
    }
    Optional<Node> first =
        context
            .onlyFor(root.operand(0), Reduce.class)
            .filter(n -> ((Reduce) n.op()).kind() == outer.kind());
    if (first.isEmpty()) {
      return Optional.empty();
    }
    Reduce inner = (Reduce) first.get().op();
    Value x = first.get().operand(0);
    List<Integer> left = new ArrayList<>();
    for (int a = 0; a < x.shape().rank(); a++) {
      if (inner.keepDims() || !inner.axes().contains(a)) {
        left.add(a);
      }
    }
    List<Integer> axes = new ArrayList<>(inner.axes());
    outer.axes().stream().map(left::get).filter(a -> !axes.contains(a)).forEach(axes::add);
    boolean keep = inner.keepDims() && outer.keepDims();
    Reduce both = new Reduce(outer.kind(), axes.stream().sorted().toList(), keep);
    Value reduced = context.add(both, x);
    return Replacement.by(
        reduced.shape().equals(root.result().shape())
            ? reduced
            : context.add(new Reshape(root.result().shape()), reduced));
  }
}
