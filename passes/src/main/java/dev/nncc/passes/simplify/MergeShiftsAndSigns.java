package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/**
 * {@code c - (x + d) -> (c - d) - x} and so on: two of {@code x + c}, {@code x - c}, {@code c - x},
 * {@code -x} behind each other are one. Constants become no larger, nobody else reads the value
 * between, and no rounding follows. Integers wrap around, so it is exact for them.
 */
public record MergeShiftsAndSigns() implements Rule {
  /** {@code sign * x + c}; no {@code c} is zero. */
  private record Shift(boolean negates, Value x, Optional<Value> c, boolean subtracts) {
    static Optional<Shift> of(Node n, RewriteContext context) {
      if (!(n.op() instanceof Elementwise e)) {
        return Optional.empty();
      }
      if (e.kind() == ElementwiseKind.NEG) {
        return Optional.of(new Shift(true, n.operand(0), Optional.empty(), false));
      }
      if (e.kind() != ElementwiseKind.ADD && e.kind() != ElementwiseKind.SUB) {
        return Optional.empty();
      }
      boolean subtracts = e.kind() == ElementwiseKind.SUB;
      if (context.isConstant(n.operand(1))) {
        return Optional.of(new Shift(false, n.operand(0), Optional.of(n.operand(1)), subtracts));
      }
      return subtracts && context.isConstant(n.operand(0))
          ? Optional.of(new Shift(true, n.operand(1), Optional.of(n.operand(0)), false))
          : Optional.empty();
    }

    /** {@code c} as it is added. */
    Optional<Value> added(RewriteContext context) {
      return subtracts ? c.map(v -> context.add(ElementwiseKind.NEG, v)) : c;
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
    Optional<Shift> outer = Shift.of(root, context);
    Optional<Shift> inner =
        outer
            .filter(s -> context.hasOneUse(s.x()))
            .flatMap(s -> context.producer(s.x()))
            .flatMap(n -> Shift.of(n, context));
    if (inner.isEmpty()
        || inner.get().c().isEmpty() && outer.orElseThrow().c().isEmpty()
        || context.isConstant(inner.get().x())
        || root.result().dtype().isFloat() && Quantisation.isRounded(root.result(), context)) {
      return Optional.empty();
    }
    Shift in = inner.get();
    Shift out = outer.orElseThrow();
    Optional<Value> c = in.added(context);
    if (out.negates()) {
      c = c.map(v -> context.add(ElementwiseKind.NEG, v));
    }
    Optional<Value> d = out.added(context);
    Value sum = c.isPresent() && d.isPresent() ? sum(c.get(), d.get(), context) : either(c, d);
    if (sum.shape().elements() > Math.max(elements(c), elements(d))) {
      return Optional.empty();
    }
    Value x = in.x();
    Value v =
        in.negates() == out.negates()
            ? context.add(ElementwiseKind.ADD, x, sum)
            : context.add(ElementwiseKind.SUB, sum, x);
    return v.type().equals(root.result().type()) ? Replacement.by(v) : Optional.empty();
  }

  private static Value sum(Value c, Value d, RewriteContext context) {
    return context.add(ElementwiseKind.ADD, c, d);
  }

  private static Value either(Optional<Value> c, Optional<Value> d) {
    return c.or(() -> d).orElseThrow();
  }

  private static long elements(Optional<Value> v) {
    return v.map(w -> w.shape().elements()).orElse(0L);
  }
}
