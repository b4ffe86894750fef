package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Reshape;
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
 * {@code MatMul(Reshape(Transpose(x)), w) -> MatMul(Reshape(x), w')} for constant weights, where
 * the transpose reorders only what the reshape flattens into rows: the rows of {@code w} are put in
 * the order of {@code x} once. TensorFlow flattens images with channels last.
 */
public record FoldTransposeIntoWeights() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Roots roots() {
    return Roots.of(MatMul.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof MatMul m)
        || m.transposeA()
        || root.operand(0).shape().rank() < 2
        || root.operand(1).shape().rank() != 2
        || !context.isConstant(root.operand(1))
        || Quantisation.isQuantised(root.result(), context)) {
      return Optional.empty();
    }
    Value flat = root.operand(0);
    Optional<Node> transpose =
        context
            .onlyFor(flat, Reshape.class)
            .flatMap(n -> context.onlyFor(n.operand(0), Transpose.class));
    if (transpose.isEmpty()) {
      return Optional.empty();
    }
    List<Integer> perm = ((Transpose) transpose.get().op()).perm();
    Shape moved = transpose.get().result().shape();
    long width = flat.type().dim(flat.shape().rank() - 1);
    int first = moved.rank();
    for (long n = 1; n < width && first > 0; ) {
      n *= moved.dim(--first);
      if (n > width) {
        return Optional.empty();
      }
    }
    if (width <= 1 || !Perms.isIdentity(perm.subList(0, first))) {
      return Optional.empty();
    }
    Value x = context.add(new Reshape(flat.shape()), transpose.get().operand(0));
    Value weights = rows(root.operand(1), m.transposeB(), perm, moved, first, context);
    return Replacement.by(context.add(m, x, weights));
  }

  /** The weights with the axis of extent {@code width} reordered against the transpose. */
  private static Value rows(
      Value w, boolean last, List<Integer> perm, Shape moved, int first, RewriteContext context) {
    int axes = perm.size() - first;
    List<Long> extents = new ArrayList<>();
    List<Integer> order = new ArrayList<>();
    List<Integer> back = Perms.inverse(perm);
    if (last) {
      extents.add(w.type().dim(0));
      order.add(0);
    }
    for (int i = 0; i < axes; i++) {
      extents.add(moved.dim(first + i));
      order.add(back.get(first + i) - first + (last ? 1 : 0));
    }
    if (!last) {
      extents.add(w.type().dim(1));
      order.add(axes);
    }
    Value split = context.add(new Reshape(Shape.of(extents)), w);
    return context.add(new Reshape(w.shape()), context.add(new Transpose(order), split));
  }
}
