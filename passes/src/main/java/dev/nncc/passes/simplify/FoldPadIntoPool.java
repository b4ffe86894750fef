package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.PoolKind;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/**
 * {@code Pool(Pad(x)) -> Pool(x)} with larger pads: of minus infinity in front of a maximum; of
 * zeros in front of an average that counts its border. Not with a rounded up extent, whose last
 * window depends on where the border comes from.
 */
public record FoldPadIntoPool() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(Pool.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof Pool pool) || pool.ceilMode()) {
      return Optional.empty();
    }
    boolean max = pool.kind() == PoolKind.MAX;
    boolean bare =
        pool.padsBegin().stream().allMatch(p -> p == 0)
            && pool.padsEnd().stream().allMatch(p -> p == 0);
    if (!max && !bare && !pool.countPad()) {
      return Optional.empty();
    }
    return SpatialPad.of(root.operand(0), max ? Double.NEGATIVE_INFINITY : 0.0, context)
        .flatMap(
            pad -> {
              Pool wider =
                  new Pool(
                      pool.kind(),
                      pool.kernel(),
                      pool.strides(),
                      pad.plusBefore(pool.padsBegin()),
                      pad.plusAfter(pool.padsEnd()),
                      pool.dilations(),
                      !max || pool.countPad(),
                      false);
              return Replacement.by(context.add(wider, pad.x()));
            });
  }
}
