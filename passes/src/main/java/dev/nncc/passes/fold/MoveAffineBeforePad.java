package dev.nncc.passes.fold;

import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Pad;
import dev.nncc.graph.op.PadMode;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/**
 * {@code Pad(x, v) * k -> Pad(x * k, v * k)} and {@code Pad(x, v) + t -> Pad(x + t, v + t)} for
 * constants, where weights or another constant make {@code x} and take it over. A constant that
 * differs by channel is only multiplied with a border of zeros, or added where the border repeats
 * {@code x}.
 */
public record MoveAffineBeforePad() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(ElementwiseKind.MUL, ElementwiseKind.ADD);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    boolean scale = RewriteContext.isKind(root, ElementwiseKind.MUL);
    if (!scale && !RewriteContext.isKind(root, ElementwiseKind.ADD)
        || !root.operand(0).type().equals(root.result().type())
        || !root.result().dtype().isFloat()) {
      return Optional.empty();
    }
    Optional<Node> padded = context.onlyFor(root.operand(0), Pad.class);
    Optional<Tensor> c = context.constant(root.operand(1));
    if (padded.isEmpty() || c.isEmpty() || !takesOver(padded.get().operand(0), context)) {
      return Optional.empty();
    }
    Pad pad = (Pad) padded.get().op();
    Value x = padded.get().operand(0);
    double value = pad.value();
    if (c.get().elements() == 1) {
      double number = c.get().reader().number(0);
      value = scale ? value * number : value + number;
    } else if (!isConstantAlongPads(pad, c.get())
        || pad.mode() == PadMode.CONSTANT && !(scale && value == 0)) {
      return Optional.empty();
    }
    if (!Double.isFinite(value)) {
      return Optional.empty();
    }
    Value moved = context.addAll(root.op(), java.util.List.of(x, root.operand(1))).get(0);
    Pad now = new Pad(pad.before(), pad.after(), pad.mode(), value);
    return moved.type().equals(x.type())
        ? Replacement.by(context.add(now, moved))
        : Optional.empty();
  }

  private static boolean takesOver(Value x, RewriteContext context) {
    return Contraction.onlyFor(x, context).isPresent()
        || context
            .onlyFor(x, Elementwise.class)
            .filter(
                n ->
                    RewriteContext.isKind(n, ElementwiseKind.MUL)
                        || RewriteContext.isKind(n, ElementwiseKind.ADD))
            .filter(n -> context.isConstant(n.operand(1)))
            .isPresent();
  }

  private static boolean isConstantAlongPads(Pad pad, Tensor c) {
    int missing = pad.before().size() - c.shape().rank();
    for (int i = 0; i < c.shape().rank(); i++) {
      boolean padded = pad.before().get(i + missing) != 0 || pad.after().get(i + missing) != 0;
      if (padded && c.shape().dim(i) != 1) {
        return false;
      }
    }
    return true;
  }
}
