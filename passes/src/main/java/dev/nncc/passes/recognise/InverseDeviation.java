package dev.nncc.passes.recognise;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.passes.rewrite.RewriteContext;
import java.util.Optional;

/** {@code 1 / sqrt(variance + eps)}, times a scale or not. */
record InverseDeviation(Moments moments, Optional<Value> scale) {
  static Optional<InverseDeviation> of(Value v, RewriteContext context) {
    Optional<Moments> alone = inverse(v, context);
    if (alone.isPresent()) {
      return alone.map(m -> new InverseDeviation(m, Optional.empty()));
    }
    Optional<Node> quotient = context.producer(v, ElementwiseKind.DIV);
    if (quotient.isPresent()) {
      return Moments.ofDeviation(quotient.get().operand(1), context)
          .map(m -> new InverseDeviation(m, Optional.of(quotient.get().operand(0))));
    }
    Optional<Node> product = context.producer(v, ElementwiseKind.MUL);
    for (int i = 0; i < 2 && product.isPresent(); i++) {
      Value scale = product.get().operand(1 - i);
      Optional<Moments> m = inverse(product.get().operand(i), context);
      if (m.isPresent()) {
        return Optional.of(new InverseDeviation(m.get(), Optional.of(scale)));
      }
    }
    return Optional.empty();
  }

  private static Optional<Moments> inverse(Value v, RewriteContext context) {
    return Spread.argument(v, ElementwiseKind.RECIPROCAL, context)
        .flatMap(d -> Moments.ofDeviation(d, context));
  }

  /** The normalised value times the scale. */
  Value applied(RewriteContext context) {
    Value y = Standardised.of(moments, context);
    return scale.map(s -> context.add(ElementwiseKind.MUL, y, s)).orElse(y);
  }
}
