package dev.nncc.passes.fold;

import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.ElementwiseKind;
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
 * {@code Concat(a, b) * k -> Concat(a * k1, b * k2)} for a constant {@code k}, also for {@code +}
 * and {@code -x}, where each part is a constant or the result of weights that take its share over.
 * What others read stays.
 */
public record SplitOverConcat() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(ElementwiseKind.NEG, ElementwiseKind.MUL, ElementwiseKind.ADD);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    boolean sign = RewriteContext.isKind(root, ElementwiseKind.NEG);
    boolean affine =
        RewriteContext.isKind(root, ElementwiseKind.MUL)
            || RewriteContext.isKind(root, ElementwiseKind.ADD);
    if (!sign && !affine || !root.operand(0).type().equals(root.result().type())) {
      return Optional.empty();
    }
    Optional<Node> concat = context.onlyFor(root.operand(0), Concat.class);
    Optional<Tensor> k = sign ? Optional.empty() : context.constant(root.operand(1));
    if (concat.isEmpty() || affine && k.isEmpty()) {
      return Optional.empty();
    }
    List<Value> parts = new ArrayList<>();
    int axis = ((Concat) concat.get().op()).axis();
    long start = 0;
    for (Value part : concat.get().operands()) {
      long extent = part.type().dim(axis);
      Optional<Tensor> share = Optional.empty();
      if (k.isPresent()) {
        share = Optional.of(share(k.get(), part, axis, start, root));
      }
      if (!hosts(part, share, context)) {
        return Optional.empty();
      }
      parts.add(
          share
              .map(t -> context.addAll(root.op(), List.of(part, context.constant(t))).get(0))
              .orElseGet(() -> context.add(ElementwiseKind.NEG, part)));
      start += extent;
    }
    return Optional.of(new Replacement(context.addAll(concat.get().op(), parts)));
  }

  /** What of the constant meets one part. */
  private static Tensor share(Tensor k, Value part, int axis, long start, Node root) {
    int rank = k.shape().rank();
    int own = axis - (root.result().shape().rank() - rank);
    if (own < 0 || k.shape().dim(own) == 1) {
      return k;
    }
    List<Long> starts = new ArrayList<>(Collections.nCopies(rank, 0L));
    starts.set(own, start);
    List<Long> sizes = new ArrayList<>();
    for (long extent : k.shape().toArray()) {
      sizes.add(extent);
    }
    sizes.set(own, part.type().dim(axis));
    Slice slice = new Slice(starts, sizes, Collections.nCopies(rank, 1L));
    return slice.evaluate(List.of(k)).get(0);
  }

  private static boolean hosts(Value part, Optional<Tensor> share, RewriteContext context) {
    if (context.isConstant(part)) {
      return true;
    }
    return Contraction.onlyFor(part, context)
        .filter(
            c ->
                share.isEmpty()
                    || Axes.along(share.get(), part.shape(), c.outputAxis()).isPresent())
        .isPresent();
  }
}
