package dev.nncc.passes.fold;

import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ConvTranspose;
import dev.nncc.passes.rewrite.RewriteContext;
import java.util.List;
import java.util.Optional;

/**
 * A convolution with constant weights in front of an elementwise node with a constant.
 *
 * @param other which operand of the elementwise node is the constant
 */
record ConvHost(Node conv, int other, Tensor weights, Optional<Tensor> bias) {
  static Optional<ConvHost> of(Node root, RewriteContext context) {
    for (int i = 0; i < 2; i++) {
      Optional<ConvHost> found = of(root.operand(i), 1 - i, context);
      if (found.isPresent() && context.isConstant(root.operand(1 - i))) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static Optional<ConvHost> of(Value v, int other, RewriteContext context) {
    Optional<Node> conv =
        context.onlyFor(v, Conv.class).or(() -> context.onlyFor(v, ConvTranspose.class));
    if (conv.isEmpty()) {
      return Optional.empty();
    }
    Node n = conv.get();
    Optional<Tensor> w = context.constant(n.operand(1));
    Optional<Tensor> b =
        n.operands().size() < 3 ? Optional.empty() : context.constant(n.operand(2));
    boolean biasKnown = n.operands().size() < 3 || b.isPresent();
    return w.isPresent() && biasKnown
        ? Optional.of(new ConvHost(n, other, w.get(), b))
        : Optional.empty();
  }

  /** The constant's numbers by channel. */
  Optional<double[]> perChannel(Node root, RewriteContext context) {
    if (!root.result().type().equals(conv.result().type())) {
      return Optional.empty();
    }
    return context
        .constant(root.operand(other))
        .flatMap(t -> Axes.along(t, conv.result().shape(), 1));
  }

  /** The weights that contribute to each output channel. */
  Axes.Runs runs() {
    long length = weights.shape().strides()[conv.op() instanceof ConvTranspose ? 1 : 0];
    return new Axes.Runs(List.of(conv.op(), "outputs"), length, this::channelOfRun);
  }

  private int channelOfRun(int n) {
    if (conv.op() instanceof ConvTranspose t) {
      int perGroup = Math.toIntExact(weights.shape().dim(1));
      int in = n / perGroup;
      int group = in / Math.toIntExact(weights.shape().dim(0) / t.groups());
      return group * perGroup + n % perGroup;
    }
    return n;
  }
}
