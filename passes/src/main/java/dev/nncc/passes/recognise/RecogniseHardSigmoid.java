package dev.nncc.passes.recognise;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Rule;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * {@code Clip(x + 3, 0, 6) * (1 / 6) -> HardSigmoid(x)}, and with other numbers where the upper
 * bound becomes 1.
 */
public record RecogniseHardSigmoid() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!RewriteContext.isKind(root, ElementwiseKind.MUL) || !root.result().dtype().isFloat()) {
      return Optional.empty();
    }
    OptionalDouble scale = context.uniform(root.operand(1));
    Optional<Node> clip =
        context.hasOneUse(root.operand(0))
            ? context.producer(root.operand(0), ElementwiseKind.CLIP)
            : Optional.empty();
    if (scale.isEmpty() || clip.isEmpty()) {
      return Optional.empty();
    }
    List<Double> bounds = ((Elementwise) clip.get().op()).params();
    double alpha = scale.getAsDouble();
    Optional<Node> sum =
        context
            .producer(clip.get().operand(0), ElementwiseKind.ADD)
            .filter(n -> context.uniform(n.operand(1)).isPresent());
    if (sum.isEmpty() || bounds.get(0) != 0 || !Terms.isNear(bounds.get(1) * alpha, 1)) {
      return Optional.empty();
    }
    Value x = sum.get().operand(0);
    // Numbers that are 1/6 but for the digits that an exporter cut off are meant to be 1/6.
    double exact = 1 / bounds.get(1);
    double beta = context.uniform(sum.get().operand(1)).orElse(0) * exact;
    Elementwise hard = Elementwise.of(ElementwiseKind.HARD_SIGMOID, exact, beta);
    return x.type().equals(root.result().type())
        ? Replacement.by(context.add(hard, x))
        : Optional.empty();
  }
}
