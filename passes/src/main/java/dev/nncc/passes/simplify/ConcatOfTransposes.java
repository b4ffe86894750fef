package dev.nncc.passes.simplify;

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
import java.util.List;
import java.util.Optional;

/**
 * {@code Concat(Transpose(x), Transpose(y)) -> Transpose(Concat(x, y))} for operands that are
 * transposed alike and by nobody else read. One at least is: the others may have become reshapes,
 * because of them only axes of extent 1 would move.
 */
public record ConcatOfTransposes() implements Rule {
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
    Optional<Transpose> perm =
        root.operands().stream()
            .flatMap(v -> context.onlyFor(v, Transpose.class).stream())
            .map(n -> (Transpose) n.op())
            .findFirst();
    List<Value> operands =
        perm.stream()
            .flatMap(p -> root.operands().stream().flatMap(v -> before(v, p, context).stream()))
            .toList();
    if (perm.isEmpty() || operands.size() < root.operands().size()) {
      return Optional.empty();
    }
    Transpose p = perm.get();
    Concat before = new Concat(p.perm().get(concat.axis()));
    return Replacement.by(context.add(p, context.addAll(before, operands).get(0)));
  }

  /** What a value is the transpose of. */
  private static Optional<Value> before(Value v, Transpose t, RewriteContext context) {
    return context
        .onlyFor(v, Transpose.class)
        .filter(n -> n.op().equals(t))
        .or(() -> context.onlyFor(v, Reshape.class).filter(n -> isTranspose(n, t)))
        .map(n -> n.operand(0));
  }

  /** Whether a reshape gives what the transpose would. */
  private static boolean isTranspose(Node reshape, Transpose t) {
    Shape from = reshape.operand(0).shape();
    return from.rank() == t.perm().size()
        && Perms.movesOnlyOnes(t.perm(), from)
        && Shape.of(t.perm().stream().mapToLong(from::dim).toArray())
            .equals(reshape.result().shape());
  }
}
