package dev.nncc.passes.simplify;

import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Arrays;
import java.util.Optional;

/**
 * {@code c / (x * d) -> (c / d) / x} and so on: two of {@code x * c}, {@code x / c}, {@code c / x},
 * {@code -x} of floats behind each other are one, also {@code 1 / x} as the second. Constants
 * become no larger and stay far from the ends of their range, nobody else reads the value between,
 * and no rounding follows.
 */
public record MergeScalesAndFractions() implements Rule {
  /** {@code x * c}, or {@code c / x}; no {@code c} is one, or minus one if it negates. */
  private record Scale(
      boolean inverts, Value x, Optional<Value> c, boolean divides, boolean negates) {
    static Optional<Scale> of(Node n, RewriteContext context) {
      if (!(n.op() instanceof Elementwise e) || !n.result().dtype().isFloat()) {
        return Optional.empty();
      }
      Value a = n.operand(0);
      if (e.kind() == ElementwiseKind.NEG || e.kind() == ElementwiseKind.RECIPROCAL) {
        boolean negates = e.kind() == ElementwiseKind.NEG;
        return Optional.of(new Scale(!negates, a, Optional.empty(), false, negates));
      }
      boolean divides = e.kind() == ElementwiseKind.DIV;
      if (e.kind() != ElementwiseKind.MUL && !divides) {
        return Optional.empty();
      }
      Value b = n.operand(1);
      if (context.isConstant(b)) {
        return Optional.of(new Scale(false, a, Optional.of(b), divides, false));
      }
      return divides && context.isConstant(a)
          ? Optional.of(new Scale(true, b, Optional.of(a), false, false))
          : Optional.empty();
    }

    /** {@code c} as it is multiplied with. */
    Optional<Value> factor(RewriteContext context) {
      return divides ? c.map(v -> context.add(ElementwiseKind.RECIPROCAL, v)) : c;
    }

    boolean isSafe(RewriteContext context) {
      return c.flatMap(context::constant).map(t -> isModerate(t)).orElse(true);
    }
  }

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
    Optional<Scale> outer = Scale.of(root, context);
    Optional<Node> node =
        outer.filter(s -> context.hasOneUse(s.x())).flatMap(s -> context.producer(s.x()));
    Optional<Scale> inner = node.flatMap(n -> Scale.of(n, context));
    if (inner.isEmpty()
        || inner.get().c().isEmpty() && outer.orElseThrow().c().isEmpty()
        || isLeftToOthers(root, node.orElseThrow(), outer.orElseThrow(), context)
        || context.isConstant(inner.get().x())
        || !inner.get().isSafe(context)
        || !outer.orElseThrow().isSafe(context)) {
      return Optional.empty();
    }
    Scale in = inner.get();
    Scale out = outer.orElseThrow();
    Optional<Value> c = in.factor(context);
    if (out.inverts()) {
      c = c.map(v -> context.add(ElementwiseKind.RECIPROCAL, v));
    }
    Optional<Value> d = out.factor(context);
    long largest = Math.max(elements(c), elements(d));
    Value product =
        c.isPresent() && d.isPresent()
            ? context.add(ElementwiseKind.MUL, c.get(), d.get())
            : c.or(() -> d).orElseThrow();
    if (product.shape().elements() > largest) {
      return Optional.empty();
    }
    if (in.negates() != out.negates()) {
      product = context.add(ElementwiseKind.NEG, product);
    }
    Value v =
        in.inverts() == out.inverts()
            ? context.add(ElementwiseKind.MUL, in.x(), product)
            : context.add(ElementwiseKind.DIV, product, in.x());
    return v.type().equals(root.result().type()) ? Replacement.by(v) : Optional.empty();
  }

  /**
   * Patterns of normalisations hold {@code Reciprocal(x) * c}, those of sigmoids {@code exp(-x)}.
   */
  private static boolean isLeftToOthers(
      Node root, Node inner, Scale outer, RewriteContext context) {
    return Quantisation.isRounded(root.result(), context)
        || RewriteContext.isKind(inner, ElementwiseKind.RECIPROCAL) && !outer.inverts()
        || RewriteContext.isKind(root, ElementwiseKind.NEG)
            && context.users(root.result()).stream()
                .anyMatch(n -> RewriteContext.isKind(n, ElementwiseKind.EXP));
  }

  private static long elements(Optional<Value> v) {
    return v.map(w -> w.shape().elements()).orElse(0L);
  }

  /** Products and quotients of two such numbers are normal numbers of the type. */
  private static boolean isModerate(Tensor t) {
    double most = t.dtype() == DType.F16 ? 0x1p7 : 0x1p60;
    return t.elements() <= 1 << 16
        && Arrays.stream(t.toDoubles()).map(Math::abs).allMatch(d -> d >= 1 / most && d <= most);
  }
}
