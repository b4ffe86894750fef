package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.op.Expand;
import dev.nncc.graph.op.Tile;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;
import java.util.stream.IntStream;

/** {@code Tile(x) -> Expand(x)} where only axes of extent 1 are repeated. */
public record TileToExpand() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(Tile.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof Tile t)) {
      return Optional.empty();
    }
    Shape from = root.operand(0).shape();
    boolean broadcast =
        IntStream.range(0, from.rank()).allMatch(i -> from.dim(i) == 1 || t.repeats().get(i) == 1);
    return broadcast
        ? Replacement.by(context.add(new Expand(root.result().shape()), root.operand(0)))
        : Optional.empty();
  }
}
