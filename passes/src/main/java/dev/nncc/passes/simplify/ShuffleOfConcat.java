package dev.nncc.passes.simplify;

import dev.nncc.graph.Dim;
import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Transpose;
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
 * {@code shuffle(Concat(a, b))}, by a reshape, a transpose and a reshape, {@code -> Concat(a, b)}
 * along an axis of its own behind the channels: what deals out the channels of as many parts as
 * there are groups is a concatenation itself. Each part is then moved once, into its place.
 */
public record ShuffleOfConcat() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(Reshape.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof Reshape)) {
      return Optional.empty();
    }
    Optional<Node> transpose = context.onlyFor(root.operand(0), Transpose.class);
    Optional<Node> split = transpose.flatMap(n -> context.onlyFor(n.operand(0), Reshape.class));
    Optional<Node> concat = split.flatMap(n -> context.onlyFor(n.operand(0), Concat.class));
    if (concat.isEmpty() || !concat.get().result().type().equals(root.result().type())) {
      return Optional.empty();
    }
    Node joined = concat.get();
    int axis = ((Concat) joined.op()).axis();
    Shape part = joined.operand(0).shape();
    boolean even = joined.operands().stream().allMatch(v -> v.shape().equals(part));
    boolean dealt =
        split.orElseThrow().result().shape().equals(with(part, axis, joined.operands().size()))
            && ((Transpose) transpose.orElseThrow().op())
                .perm()
                .equals(swapped(part.rank() + 1, axis));
    if (!even || !dealt || part.elements() == 0) {
      return Optional.empty();
    }
    List<Value> parts = new ArrayList<>();
    for (Value v : joined.operands()) {
      parts.add(context.add(new Reshape(with(part, axis + 1, 1)), v));
    }
    Value all = context.addAll(new Concat(axis + 1), parts).get(0);
    return Replacement.by(context.add(root.op(), all));
  }

  private static Shape with(Shape shape, int axis, long extent) {
    List<Dim> dims = new ArrayList<>(shape.dims());
    dims.add(axis, Dim.of(extent));
    return new Shape(dims);
  }

  private static List<Integer> swapped(int rank, int axis) {
    List<Integer> perm = new ArrayList<>();
    for (int i = 0; i < rank; i++) {
      perm.add(i);
    }
    Collections.swap(perm, axis, axis + 1);
    return perm;
  }
}
