package dev.nncc.passes.recognise;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.rewrite.RewriteContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** Parts of formulas: products taken apart, additions of a number. */
final class Terms {
  /** Factors that are looked for; formulas of activations have five at most. */
  private static final int MOST = 8;

  private Terms() {}

  /**
   * A product, however it is associated: a number and the factors that are none. A product that
   * others read as well is a factor of its own.
   */
  record Product(double number, List<Value> factors) {
    Product {
      factors = List.copyOf(factors);
    }

    /** The other factor, if there are two and one of them is {@code v}. */
    Optional<Value> beside(Value v) {
      if (factors.size() != 2 || !factors.contains(v)) {
        return Optional.empty();
      }
      return Optional.of(factors.get(factors.get(0).equals(v) ? 1 : 0));
    }
  }

  static Product product(Node root, RewriteContext context) {
    List<Value> factors = new ArrayList<>();
    double number = 1;
    List<Value> open = new ArrayList<>(root.operands());
    while (!open.isEmpty()) {
      Value v = open.remove(0);
      OptionalDouble c = context.uniform(v);
      Optional<Node> inner =
          context.hasOneUse(v) ? context.producer(v, ElementwiseKind.MUL) : Optional.empty();
      if (c.isPresent()) {
        number *= c.getAsDouble();
      } else if (inner.isPresent() && factors.size() + open.size() < MOST) {
        open.addAll(0, inner.get().operands());
      } else {
        factors.add(v);
      }
    }
    return new Product(number, factors);
  }

  /** The product that makes {@code v}, also one that others read; {@code v} alone if it is none. */
  static Product product(Value v, RewriteContext context) {
    return context
        .producer(v, ElementwiseKind.MUL)
        .map(n -> product(n, context))
        .orElse(new Product(1, List.of(v)));
  }

  /** {@code x} of {@code x + c} for this number. */
  static Optional<Value> plus(Value v, double c, RewriteContext context) {
    return context
        .producer(v, ElementwiseKind.ADD)
        .filter(n -> isNear(context.uniform(n.operand(1)), c))
        .map(n -> n.operand(0));
  }

  /** The operand of the elementwise function that makes {@code v}. */
  static Optional<Value> argument(Value v, ElementwiseKind kind, RewriteContext context) {
    return context.producer(v, kind).map(n -> n.operand(0));
  }

  static boolean isNear(OptionalDouble a, double b) {
    return a.isPresent() && isNear(a.getAsDouble(), b);
  }

  /** Exporters write constants with the digits of f32, or of f16. */
  static boolean isNear(double a, double b) {
    return Math.abs(a - b) <= 0x1p-10 * Math.abs(b);
  }
}
