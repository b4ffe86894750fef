package dev.nncc.passes.simplify;

import dev.nncc.graph.Dim;
import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Gather;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Slice;
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
 * {@code Gather(x, indices) -> Reshape(Slice(x))} for constant indices that count up by one; a
 * slice can be a view, a gather never is.
 */
public record GatherToSlice() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(Gather.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof Gather g) || root.result().shape().elements() == 0) {
      return Optional.empty();
    }
    Optional<Tensor> indices = context.constant(root.operand(1));
    if (indices.isEmpty() || indices.get().elements() > root.operand(0).type().dim(g.axis())) {
      return Optional.empty();
    }
    long extent = root.operand(0).type().dim(g.axis());
    long[] at = indices.get().toLongs();
    for (int i = 0; i < at.length; i++) {
      at[i] += at[i] < 0 ? extent : 0;
      if (at[i] < 0 || at[i] >= extent || at[i] != at[0] + i) {
        return Optional.empty();
      }
    }
    Shape from = root.operand(0).shape();
    List<Long> starts = new ArrayList<>(Collections.nCopies(from.rank(), 0L));
    List<Long> sizes = new ArrayList<>(from.dims().stream().map(Dim::value).toList());
    starts.set(g.axis(), at[0]);
    sizes.set(g.axis(), (long) at.length);
    Slice slice = new Slice(starts, sizes, Collections.nCopies(from.rank(), 1L));
    Value part = context.add(slice, root.operand(0));
    return Replacement.by(context.add(new Reshape(root.result().shape()), part));
  }
}
