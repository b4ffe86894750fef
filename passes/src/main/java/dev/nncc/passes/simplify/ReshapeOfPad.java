package dev.nncc.passes.simplify;

import dev.nncc.graph.Dim;
import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Pad;
import dev.nncc.graph.op.Reshape;
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
 * {@code Reshape(Pad(x)) -> Pad(Reshape(x))} where the reshape leaves the padded axes as they are:
 * a signal is padded, then given an axis of height 1; behind it the border meets its convolution.
 * Not of a single channel: what a convolution writes of it is mostly empty lanes, and the copy that
 * pads it leaves them out.
 */
public record ReshapeOfPad() implements Rule {
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
    Shape image = root.result().shape();
    if (image.elements() == 0 || image.rank() > 2 && image.dim(1) == 1) {
      return Optional.empty();
    }
    Optional<Node> padded = context.onlyFor(root.operand(0), Pad.class);
    if (padded.isEmpty() || padded.get().operand(0).shape().elements() == 0) {
      return Optional.empty();
    }
    Pad pad = (Pad) padded.get().op();
    Value x = padded.get().operand(0);
    Shape from = root.operand(0).shape();
    Shape to = root.result().shape();
    Shape inner = to;
    List<Long> before = new ArrayList<>(Collections.nCopies(to.rank(), 0L));
    List<Long> after = new ArrayList<>(before);
    for (AxisGroups.Group g : AxisGroups.of(from, to)) {
      for (int axis : g.from()) {
        if (pad.before().get(axis) == 0 && pad.after().get(axis) == 0) {
          continue;
        }
        List<Integer> target = AxisGroups.large(g.to(), to);
        if (!AxisGroups.large(g.from(), from).equals(List.of(axis)) || target.size() != 1) {
          return Optional.empty();
        }
        inner = inner.withDim(target.get(0), Dim.of(x.type().dim(axis)));
        before.set(target.get(0), pad.before().get(axis));
        after.set(target.get(0), pad.after().get(axis));
      }
    }
    Value reshaped = context.add(new Reshape(inner), x);
    return Replacement.by(context.add(new Pad(before, after, pad.mode(), pad.value()), reshaped));
  }
}
