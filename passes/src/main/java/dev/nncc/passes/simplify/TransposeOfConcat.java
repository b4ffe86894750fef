package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Slice;
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
 * {@code Transpose(Concat(Transpose(x), y)) -> Concat(x, Reshape(y))} where what is transposed in
 * front is so back again, or has only axes of extent 1 that change their place: a map of one
 * channel that joins others in a model with channels last. Also through a slice of the
 * concatenation. A copy of everything goes.
 */
public record TransposeOfConcat() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(Transpose.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof Transpose t)) {
      return Optional.empty();
    }
    Optional<Node> slice = context.onlyFor(root.operand(0), Slice.class);
    Value whole = slice.map(n -> n.operand(0)).orElse(root.operand(0));
    Node concat = context.onlyFor(whole, Concat.class).orElse(null);
    if (concat == null) {
      return Optional.empty();
    }
    List<Value> parts = new ArrayList<>();
    for (Value v : concat.operands()) {
      Optional<Value> part = moved(v, t.perm(), context);
      part.ifPresent(parts::add);
    }
    if (parts.size() != concat.operands().size()) {
      return Optional.empty();
    }
    int axis = t.perm().indexOf(((Concat) concat.op()).axis());
    Value joined = context.addAll(new Concat(axis), parts).get(0);
    return Replacement.by(
        slice.map(n -> context.add(sliced((Slice) n.op(), t.perm()), joined)).orElse(joined));
  }

  private static Slice sliced(Slice s, List<Integer> perm) {
    return new Slice(
        Perms.apply(perm, s.starts()), Perms.apply(perm, s.sizes()), Perms.apply(perm, s.steps()));
  }

  /** A value transposed, if that takes no copy. */
  private static Optional<Value> moved(Value v, List<Integer> perm, RewriteContext context) {
    Optional<Value> back =
        context
            .producer(v, Transpose.class)
            .filter(n -> Perms.isIdentity(Perms.compose(((Transpose) n.op()).perm(), perm)))
            .map(n -> n.operand(0));
    if (back.isPresent() || !Perms.movesOnlyOnes(perm, v.shape())) {
      return back;
    }
    TensorType type = v.type();
    List<Long> extents = perm.stream().map(type::dim).toList();
    return Optional.of(context.add(new Reshape(Shape.of(extents)), v));
  }
}
