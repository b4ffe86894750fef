package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.op.Resize;
import dev.nncc.graph.op.ResizeMode;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code Resize(Resize(x)) -> Resize(x)} for nearest neighbours of one kind along different axes:
 * rows first, then columns.
 */
public record MergeResizes() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(Resize.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof Resize outer) || outer.mode() != ResizeMode.NEAREST) {
      return Optional.empty();
    }
    Optional<Node> first = context.onlyFor(root.operand(0), Resize.class);
    if (first.isEmpty()) {
      return Optional.empty();
    }
    Resize inner = (Resize) first.get().op();
    if (inner.mode() != ResizeMode.NEAREST
        || inner.coordinates() != outer.coordinates()
        || inner.rounding() != outer.rounding()) {
      return Optional.empty();
    }
    List<Double> scales = new ArrayList<>();
    for (int a = 0; a < outer.sizes().size(); a++) {
      boolean outerRests = rests(outer, a, root.operand(0).type().dim(a));
      boolean innerRests = rests(inner, a, first.get().operand(0).type().dim(a));
      if (!outerRests && !innerRests) {
        return Optional.empty();
      }
      scales.add(outerRests ? inner.scales().get(a) : outer.scales().get(a));
    }
    Resize both =
        new Resize(
            outer.mode(),
            outer.sizes(),
            scales,
            outer.coordinates(),
            outer.rounding(),
            outer.cubicA(),
            outer.excludeOutside());
    return Replacement.by(context.add(both, first.get().operand(0)));
  }

  private static boolean rests(Resize r, int axis, long extent) {
    return r.sizes().get(axis) == extent && r.scales().get(axis) == 1.0;
  }
}
