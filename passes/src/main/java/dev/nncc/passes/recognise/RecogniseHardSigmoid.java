package dev.nncc.passes.recognise;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.BatchNorm;
import dev.nncc.graph.op.ContractionOp;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * {@code Clip(x + 3, 0, 6) * (1 / 6) -> HardSigmoid(x)}, and with other numbers where the upper
 * bound becomes 1; {@code Clip(x * a + b, 0, 1) -> HardSigmoid(x)}, unless the line can become part
 * of the layer that makes x.
 */
public record RecogniseHardSigmoid() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Roots roots() {
    return Roots.of(Elementwise.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof Elementwise e) || !root.result().dtype().isFloat()) {
      return Optional.empty();
    }
    return switch (e.kind()) {
      case CLIP -> unit(root, context);
      case MUL -> scaled(root, context);
      default -> Optional.empty();
    };
  }

  private static Optional<Replacement> unit(Node root, RewriteContext context) {
    if (!bounds(root).equals(List.of(0.0, 1.0))) {
      return Optional.empty();
    }
    Optional<Node> sum = onlySum(root.operand(0), context);
    Optional<Node> product =
        sum.map(n -> n.operand(0))
            .filter(context::hasOneUse)
            .flatMap(v -> context.producer(v, ElementwiseKind.MUL));
    OptionalDouble alpha =
        product.map(n -> context.uniform(n.operand(1))).orElse(OptionalDouble.empty());
    if (alpha.isEmpty() || canTakeLine(product.orElseThrow().operand(0), context)) {
      return Optional.empty();
    }
    double beta = context.uniform(sum.orElseThrow().operand(1)).orElseThrow();
    return hard(root, product.orElseThrow().operand(0), alpha.getAsDouble(), beta, context);
  }

  private static boolean canTakeLine(Value x, RewriteContext context) {
    return context
        .onlyFor(x, ContractionOp.class)
        .or(() -> context.onlyFor(x, BatchNorm.class))
        .isPresent();
  }

  private static Optional<Replacement> scaled(Node root, RewriteContext context) {
    OptionalDouble scale = context.uniform(root.operand(1));
    Optional<Node> clip =
        context.hasOneUse(root.operand(0))
            ? context.producer(root.operand(0), ElementwiseKind.CLIP)
            : Optional.empty();
    if (scale.isEmpty() || clip.isEmpty()) {
      return Optional.empty();
    }
    List<Double> bounds = bounds(clip.get());
    Optional<Node> sum = sum(clip.get().operand(0), context);
    if (sum.isEmpty()
        || bounds.get(0) != 0
        || !Terms.isNear(bounds.get(1) * scale.getAsDouble(), 1)) {
      return Optional.empty();
    }
    // Numbers that are 1/6 but for the digits that an exporter cut off are meant to be 1/6.
    double exact = 1 / bounds.get(1);
    double beta = context.uniform(sum.get().operand(1)).orElseThrow() * exact;
    return hard(root, sum.get().operand(0), exact, beta, context);
  }

  private static List<Double> bounds(Node clip) {
    return ((Elementwise) clip.op()).params();
  }

  /** The sum with a number that makes the value. */
  private static Optional<Node> sum(Value v, RewriteContext context) {
    return context
        .producer(v, ElementwiseKind.ADD)
        .filter(n -> context.uniform(n.operand(1)).isPresent());
  }

  private static Optional<Node> onlySum(Value v, RewriteContext context) {
    return context.hasOneUse(v) ? sum(v, context) : Optional.empty();
  }

  private static Optional<Replacement> hard(
      Node root, Value x, double alpha, double beta, RewriteContext context) {
    Elementwise hard = Elementwise.of(ElementwiseKind.HARD_SIGMOID, alpha, beta);
    return x.type().equals(root.result().type())
        ? Replacement.by(context.add(hard, x))
        : Optional.empty();
  }
}
