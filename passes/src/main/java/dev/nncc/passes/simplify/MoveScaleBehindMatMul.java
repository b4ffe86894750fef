package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ContractionOp;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.ElementwiseOp;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.ReductionOp;
import dev.nncc.graph.op.RegionOp;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/**
 * {@code MatMul(x * c, y) -> MatMul(x, y) * c} for a constant of one number, also on the right: the
 * product's kernel scales what it stores, which costs no pass over memory. Not where a kernel makes
 * {@code x}, which could scale just as well.
 */
public record MoveScaleBehindMatMul() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Roots roots() {
    return Roots.of(MatMul.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof MatMul) || !root.result().dtype().isFloat()) {
      return Optional.empty();
    }
    for (int i = 0; i < 2; i++) {
      Value v = root.operand(i);
      Optional<Node> scaled =
          context.hasOneUse(v) ? context.producer(v, ElementwiseKind.MUL) : Optional.empty();
      if (scaled.isEmpty()) {
        continue;
      }
      Value x = scaled.get().operand(0);
      Value c = scaled.get().operand(1);
      if (context.isConstant(c)
          && c.shape().elements() == 1
          && x.type().equals(v.type())
          && !isComputed(x, context)) {
        Value product =
            i == 0
                ? context.add(root.op(), x, root.operand(1))
                : context.add(root.op(), root.operand(0), x);
        Value moved = context.add(ElementwiseKind.MUL, product, c);
        return moved.type().equals(root.result().type()) ? Replacement.by(moved) : Optional.empty();
      }
    }
    return Optional.empty();
  }

  private static boolean isComputed(Value v, RewriteContext context) {
    return context.isConstant(v)
        || context
            .producer(v)
            .filter(
                n ->
                    n.op() instanceof ContractionOp
                        || n.op() instanceof ReductionOp
                        || n.op() instanceof ElementwiseOp
                        || n.op() instanceof RegionOp)
            .isPresent();
  }
}
