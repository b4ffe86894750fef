package dev.nncc.passes.fold;

import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code Conv(x, w, b) * k -> Conv(x, w * k, b * k)} for constants of which {@code k} differs by
 * channel at most; also for ConvTranspose. A convolution that others read stays.
 */
public record FoldScaleIntoConv() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Roots roots() {
    return Roots.of(ElementwiseKind.MUL);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!RewriteContext.isKind(root, ElementwiseKind.MUL)) {
      return Optional.empty();
    }
    Optional<ConvHost> host = ConvHost.of(root, context);
    Optional<double[]> k = host.flatMap(h -> h.perChannel(root, context));
    if (host.isEmpty() || k.isEmpty()) {
      return Optional.empty();
    }
    ConvHost h = host.get();
    Tensor w = h.weights();
    List<Value> operands = new ArrayList<>();
    operands.add(h.conv().operand(0));
    operands.add(context.constant(Axes.scaled(w, k.get(), h.runs())));
    h.bias()
        .ifPresent(b -> operands.add(context.constant(Axes.scaled(b, k.get(), Axes.Runs.VECTOR))));
    return Replacement.by(context.addAll(h.conv().op(), operands).get(0));
  }
}
