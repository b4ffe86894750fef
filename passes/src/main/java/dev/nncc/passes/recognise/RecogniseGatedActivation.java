package dev.nncc.passes.recognise;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.List;
import java.util.Optional;

/**
 * {@code x * Sigmoid(x) -> Silu(x)}, {@code x * Sigmoid(a * x) -> Swish(x)} (Gelu's sigmoid form
 * among them), {@code x * tanh(Softplus(x)) -> Mish(x)}, {@code x * HardSigmoid(x) ->
 * HardSwish(x)}, {@code x * Clip(x + 3, 0, 6) / 6 -> HardSwish(x)}.
 */
public record RecogniseGatedActivation() implements Rule {
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
    if (!RewriteContext.isKind(root, ElementwiseKind.MUL) || !root.result().dtype().isFloat()) {
      return Optional.empty();
    }
    Terms.Product p = Terms.product(root, context);
    for (Value x : p.factors()) {
      Optional<Value> gate = p.beside(x);
      if (gate.isPresent() && x.type().equals(root.result().type())) {
        Optional<Elementwise> op = of(x, gate.get(), p.number(), context);
        if (op.isPresent()) {
          return Replacement.by(context.add(op.get(), x));
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<Elementwise> of(
      Value x, Value gate, double number, RewriteContext context) {
    Optional<Value> sigmoid = Terms.argument(gate, ElementwiseKind.SIGMOID, context);
    if (number == 1 && sigmoid.isPresent()) {
      Terms.Product p = Terms.product(sigmoid.get(), context);
      if (!p.factors().equals(List.of(x))) {
        return Optional.empty();
      }
      return Optional.of(
          p.number() == 1
              ? Elementwise.of(ElementwiseKind.SILU)
              : Elementwise.of(ElementwiseKind.SWISH, p.number()));
    }
    Optional<Value> tanh = Terms.argument(gate, ElementwiseKind.TANH, context);
    if (number == 1
        && tanh.isPresent()
        && isArgument(x, tanh.get(), ElementwiseKind.SOFTPLUS, context)) {
      return Optional.of(Elementwise.of(ElementwiseKind.MISH));
    }
    return isHardGate(x, gate, number, context)
        ? Optional.of(Elementwise.of(ElementwiseKind.HARD_SWISH))
        : Optional.empty();
  }

  private static boolean isArgument(
      Value x, Value v, ElementwiseKind kind, RewriteContext context) {
    return Terms.argument(v, kind, context).filter(x::equals).isPresent();
  }

  private static boolean isHardGate(Value x, Value gate, double number, RewriteContext context) {
    Optional<Node> hard = context.producer(gate, ElementwiseKind.HARD_SIGMOID);
    if (hard.isPresent() && number == 1 && hard.get().operand(0).equals(x)) {
      List<Double> p = ((Elementwise) hard.get().op()).params();
      return Terms.isNear(p.get(0), 1.0 / 6) && Terms.isNear(p.get(1), 0.5);
    }
    Optional<Node> clip = context.producer(gate, ElementwiseKind.CLIP);
    return clip.isPresent()
        && Terms.isNear(number, 1.0 / 6)
        && ((Elementwise) clip.get().op()).params().equals(List.of(0.0, 6.0))
        && Terms.plus(clip.get().operand(0), 3, context).filter(x::equals).isPresent();
  }
}
