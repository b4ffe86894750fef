package dev.nncc.passes.fold;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ContractionOp;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ConvTranspose;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.MatMul;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.List;
import java.util.Optional;

/**
 * {@code Conv(x + t, w, b) -> Conv(x, w, b + w t)} for constants of which {@code t} differs by
 * channel at most, where no window reaches past the border: zeros around {@code x + t} are not
 * zeros around {@code x}. {@code MatMul(x + t, w) -> MatMul(x, w) + t w} where the product is not
 * the larger tensor, or something is added to it anyway.
 */
public record FoldShiftBeforeWeights() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Roots roots() {
    return Roots.of(ContractionOp.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    Optional<Contraction> found = Contraction.of(root, context).filter(c -> isLegal(c, context));
    if (found.isEmpty() || !takesOver(found.get().x(), context)) {
      return Optional.empty();
    }
    Contraction c = found.get();
    return InputAffine.shift(c.x(), c.inputAxis(), context)
        .flatMap(s -> Replacement.by(shifted(c, s, context)));
  }

  private static Value shifted(Contraction c, InputAffine s, RewriteContext context) {
    Tensor shift = c.ofConstant(s.numbers());
    if (!(c.node().op() instanceof MatMul)) {
      return c.with(s.x(), c.weights(), Optional.of(shift), context);
    }
    Value product = c.with(s.x(), c.weights(), Optional.empty(), context);
    Tensor bias = c.data() == 0 ? shift : shift.reshaped(Shape.of(c.outputs(), 1));
    return context.add(ElementwiseKind.ADD, product, context.constant(bias));
  }

  private static boolean takesOver(Value v, RewriteContext context) {
    return context.hasOneUse(v)
        || !context.isOutput(v)
            && context.users(v).stream()
                .allMatch(
                    n ->
                        Contraction.of(n, context)
                            .filter(c -> isLegal(c, context))
                            .filter(c -> InputAffine.shift(v, c.inputAxis(), context).isPresent())
                            .isPresent());
  }

  private static boolean isLegal(Contraction c, RewriteContext context) {
    if (c.node().op() instanceof Conv conv) {
      return isZero(conv.padsBegin()) && isZero(conv.padsEnd());
    }
    if (c.node().op() instanceof ConvTranspose t) {
      boolean point = c.run() == 1 && t.strides().stream().allMatch(s -> s == 1);
      // Its pads cut pixels off; what is appended has the bias alone.
      return point && isZero(t.outputPadding());
    }
    return c.weights().shape().rank() == 2
        && (c.node().result().shape().elements() <= c.x().shape().elements()
            || isShifted(c.node().result(), context));
  }

  private static boolean isZero(List<Long> pads) {
    return pads.stream().allMatch(p -> p == 0);
  }

  private static boolean isShifted(Value v, RewriteContext context) {
    if (!context.hasOneUse(v)) {
      return false;
    }
    Node reader = context.users(v).get(0);
    return RewriteContext.isKind(reader, ElementwiseKind.ADD)
        && context.isConstant(reader.operand(1));
  }
}
