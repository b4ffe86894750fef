package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/**
 * {@code Clip(Clip(x)) -> Clip(x)}, a Relu counting as a Clip from 0 on; and {@code Clip(x, 0, inf)
 * -> Relu(x)}, {@code Clip(x, -inf, inf) -> x}. For floats.
 */
public record MergeClips() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(Elementwise.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!root.results().get(0).dtype().isFloat() || !isClip(root)) {
      return Optional.empty();
    }
    Value x = root.operand(0);
    double low = low(root);
    double high = high(root);
    Optional<Node> inner = context.onlyFor(x, Elementwise.class).filter(n -> isClip(n));
    if (inner.isPresent()) {
      double innerHigh = high(inner.get());
      double innerLow = Math.min(low(inner.get()), innerHigh);
      low = clip(innerLow, low, high);
      high = clip(innerHigh, low(root), high);
      return Replacement.by(context.add(clip(low, high), inner.get().operand(0)));
    }
    if (low == Double.NEGATIVE_INFINITY && high == Double.POSITIVE_INFINITY) {
      return Replacement.by(x);
    }
    return clip(low, high).equals(root.op())
        ? Optional.empty()
        : Replacement.by(context.add(clip(low, high), x));
  }

  private static boolean isClip(Node n) {
    return RewriteContext.isKind(n, ElementwiseKind.CLIP)
        || RewriteContext.isKind(n, ElementwiseKind.RELU);
  }

  private static double low(Node n) {
    return isRelu(n) ? 0 : ((Elementwise) n.op()).params().get(0);
  }

  private static double high(Node n) {
    return isRelu(n) ? Double.POSITIVE_INFINITY : ((Elementwise) n.op()).params().get(1);
  }

  private static boolean isRelu(Node n) {
    return RewriteContext.isKind(n, ElementwiseKind.RELU);
  }

  private static double clip(double x, double low, double high) {
    return Math.min(Math.max(x, low), high);
  }

  private static Elementwise clip(double low, double high) {
    return low == 0 && high == Double.POSITIVE_INFINITY
        ? Elementwise.of(ElementwiseKind.RELU)
        : Elementwise.of(ElementwiseKind.CLIP, low, high);
  }
}
