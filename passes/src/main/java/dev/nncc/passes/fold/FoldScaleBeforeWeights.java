package dev.nncc.passes.fold;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ContractionOp;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/**
 * {@code Conv(x * k, w) -> Conv(x, k * w)} for constants of which {@code k} differs by channel at
 * most; also for ConvTranspose and for MatMul with weights on either side, and where {@code k} lies
 * in front of a Reshape or on parts of a Concat. A border of zeros stays one. If others read {@code
 * x * k}, only where all of them can take it over.
 */
public record FoldScaleBeforeWeights() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Roots roots() {
    return Roots.of(ContractionOp.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    Optional<Contraction> found = Contraction.of(root, context);
    if (found.isEmpty() || !takesOver(found.get().x(), context)) {
      return Optional.empty();
    }
    Contraction c = found.get();
    return InputAffine.scale(c.x(), c.inputAxis(), context)
        .flatMap(
            s -> Replacement.by(c.with(s.x(), c.withInputsScaled(s.numbers()), c.bias(), context)));
  }

  private static boolean takesOver(Value v, RewriteContext context) {
    return context.hasOneUse(v)
        || !context.isOutput(v)
            && context.users(v).stream()
                .allMatch(
                    n ->
                        Contraction.of(n, context)
                            .filter(c -> InputAffine.scale(v, c.inputAxis(), context).isPresent())
                            .isPresent());
  }
}
