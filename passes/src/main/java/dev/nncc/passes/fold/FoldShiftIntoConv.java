package dev.nncc.passes.fold;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.List;
import java.util.Optional;

/**
 * {@code Conv(x, w, b) + t -> Conv(x, w, b + t)} for constants of which {@code t} differs by
 * channel at most; also for ConvTranspose, and where there is no bias yet.
 */
public record FoldShiftIntoConv() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Roots roots() {
    return Roots.of(ElementwiseKind.ADD);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!RewriteContext.isKind(root, ElementwiseKind.ADD)) {
      return Optional.empty();
    }
    Optional<ConvHost> host = ConvHost.of(root, context);
    Optional<double[]> t = host.flatMap(h -> h.perChannel(root, context));
    if (host.isEmpty() || t.isEmpty()) {
      return Optional.empty();
    }
    ConvHost h = host.get();
    double[] bias = new double[Math.toIntExact(h.conv().result().type().dim(1))];
    double[] old = h.bias().map(b -> b.toDoubles()).orElse(new double[1]);
    for (int i = 0; i < bias.length; i++) {
      bias[i] = Axes.at(old, i) + Axes.at(t.get(), i);
    }
    Value b = context.constant(Axes.vector(h.conv().result().type(), bias));
    List<Value> operands = List.of(h.conv().operand(0), h.conv().operand(1), b);
    return Replacement.by(context.addAll(h.conv().op(), operands).get(0));
  }
}
