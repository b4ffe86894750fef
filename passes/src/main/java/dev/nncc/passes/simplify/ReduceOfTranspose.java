package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.List;
import java.util.Optional;

/**
 * {@code Reduce(Transpose(x)) -> Transpose(Reduce(x))}: what is left to transpose is small, often
 * nothing. Not where others read the transpose too: it stays, and a normalisation that reads it
 * would be torn apart.
 */
public record ReduceOfTranspose() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(Reduce.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof Reduce r) || r.axes().isEmpty()) {
      return Optional.empty();
    }
    Optional<Node> transpose = context.onlyFor(root.operand(0), Transpose.class);
    if (transpose.isEmpty()) {
      return Optional.empty();
    }
    List<Integer> perm = ((Transpose) transpose.get().op()).perm();
    List<Integer> axes = r.axes().stream().map(perm::get).sorted().toList();
    Value reduced = context.add(new Reduce(r.kind(), axes, true), transpose.get().operand(0));
    Value back = context.add(new Transpose(perm), reduced);
    return Replacement.by(
        r.keepDims() ? back : context.add(new Reshape(root.result().shape()), back));
  }
}
