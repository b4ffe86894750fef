package dev.nncc.passes.recognise;

import dev.nncc.graph.Node;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;
import java.util.OptionalDouble;

/** {@code Reduce(sum, x) * (1 / n) -> Reduce(mean, x)} for the number n of elements summed. */
public record RecogniseMean() implements Rule {
  /** Of 1/n as written in f32. */
  private static final double ROUNDED = 0x1p-22;

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
    OptionalDouble factor = context.uniform(root.operand(1));
    return context
        .onlyFor(root.operand(0), Reduce.class)
        .filter(n -> n.result().type().equals(root.result().type()) && factor.isPresent())
        .filter(n -> ((Reduce) n.op()).kind() == ReduceKind.SUM)
        .filter(n -> Math.abs(factor.getAsDouble() * count(n) - 1) <= ROUNDED)
        .flatMap(
            n -> {
              Reduce r = (Reduce) n.op();
              Reduce mean = new Reduce(ReduceKind.MEAN, r.axes(), r.keepDims());
              return Replacement.by(context.add(mean, n.operand(0)));
            });
  }

  private static double count(Node n) {
    double count = 1;
    for (int axis : ((Reduce) n.op()).axes()) {
      count *= n.operand(0).type().dim(axis);
    }
    return count;
  }
}
