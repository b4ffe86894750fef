package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code Conv(Pad(x)) -> Conv(x)} with larger pads, for zeros around the spatial axes. Weights are
 * taken to be finite.
 */
public record FoldPadIntoConv() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(Conv.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof Conv conv)) {
      return Optional.empty();
    }
    return SpatialPad.of(root.operand(0), 0.0, context)
        .flatMap(
            pad -> {
              List<Value> operands = new ArrayList<>(root.operands());
              operands.set(0, pad.x());
              Conv wider =
                  new Conv(
                      conv.strides(),
                      pad.plusBefore(conv.padsBegin()),
                      pad.plusAfter(conv.padsEnd()),
                      conv.dilations(),
                      conv.groups());
              return Optional.of(new Replacement(context.addAll(wider, operands)));
            });
  }
}
