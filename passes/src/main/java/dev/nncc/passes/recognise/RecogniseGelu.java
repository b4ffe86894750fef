package dev.nncc.passes.recognise;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * {@code x * 0.5 * (1 + erf(x / sqrt(2))) -> Gelu(x)} and {@code x * 0.5 * (1 + tanh(sqrt(2 / pi) *
 * (x + 0.044715 * x^3))) -> GeluTanh(x)}, in any order of the factors.
 */
public record RecogniseGelu() implements Rule {
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
    if (!Terms.isNear(p.number(), 0.5)) {
      return Optional.empty();
    }
    for (Value x : p.factors()) {
      Optional<Value> gate = p.beside(x).flatMap(v -> Terms.plus(v, 1, context));
      if (gate.isPresent() && x.type().equals(root.result().type())) {
        if (isErf(x, gate.get(), context)) {
          return Replacement.by(context.add(ElementwiseKind.GELU, x));
        }
        if (isTanh(x, gate.get(), context)) {
          return Replacement.by(context.add(ElementwiseKind.GELU_TANH, x));
        }
      }
    }
    return Optional.empty();
  }

  private static boolean isErf(Value x, Value gate, RewriteContext context) {
    Optional<Value> u = Terms.argument(gate, ElementwiseKind.ERF, context);
    if (u.isEmpty()) {
      return false;
    }
    Terms.Product p = Terms.product(u.get(), context);
    return Terms.isNear(p.number(), Math.sqrt(0.5)) && p.factors().equals(List.of(x));
  }

  private static boolean isTanh(Value x, Value gate, RewriteContext context) {
    Optional<Value> u = Terms.argument(gate, ElementwiseKind.TANH, context);
    if (u.isEmpty()) {
      return false;
    }
    Terms.Product p = Terms.product(u.get(), context);
    if (!Terms.isNear(p.number(), Math.sqrt(2 / Math.PI))) {
      return false;
    }
    if (p.factors().size() == 1) {
      return isCubicSum(x, p.factors().get(0), context);
    }
    // x * (1 + 0.044715 * x * x)
    Optional<Value> inner = p.beside(x).flatMap(v -> Terms.plus(v, 1, context));
    return inner.isPresent() && isPower(x, inner.get(), 2, context);
  }

  /** {@code x + 0.044715 * x^3}, in either order. */
  private static boolean isCubicSum(Value x, Value v, RewriteContext context) {
    Optional<Node> sum = context.producer(v, ElementwiseKind.ADD);
    return sum.isPresent()
        && (sum.get().operand(0).equals(x) && isPower(x, sum.get().operand(1), 3, context)
            || sum.get().operand(1).equals(x) && isPower(x, sum.get().operand(0), 3, context));
  }

  private static boolean isPower(Value x, Value v, int power, RewriteContext context) {
    Terms.Product p = Terms.product(v, context);
    return Terms.isNear(p.number(), 0.044715) && p.factors().equals(Collections.nCopies(power, x));
  }
}
