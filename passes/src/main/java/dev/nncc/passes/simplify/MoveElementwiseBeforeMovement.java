package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ContractionOp;
import dev.nncc.graph.op.ElementwiseOp;
import dev.nncc.graph.op.ReductionOp;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code f(Reshape(x)) -> Reshape(f(x))}, also behind a Transpose, for functions of one operand,
 * with a constant of one number, or with a constant along a last axis that the reshape leaves
 * alone: there {@code f} can join the kernel that makes {@code x}.
 */
public record MoveElementwiseBeforeMovement() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof ElementwiseOp) || root.operands().size() > 2) {
      return Optional.empty();
    }
    Optional<Node> movement =
        context
            .onlyFor(root.operand(0), Reshape.class)
            .or(() -> context.onlyFor(root.operand(0), Transpose.class));
    if (movement.isEmpty()
        || !computes(movement.get().operand(0), context)
        || !root.result().shape().equals(root.operand(0).shape())) {
      return Optional.empty();
    }
    Value x = movement.get().operand(0);
    List<Value> operands = new ArrayList<>(root.operands());
    operands.set(0, x);
    if (operands.size() == 2 && !fits(operands, movement.get(), context)) {
      return Optional.empty();
    }
    Value moved = context.addAll(root.op(), operands).get(0);
    return moved.shape().equals(x.shape())
        ? Replacement.by(context.add(movement.get().op(), moved))
        : Optional.empty();
  }

  /** Whether a kernel that {@code f} can join makes the value, for the movement alone. */
  private static boolean computes(Value v, RewriteContext context) {
    return context.hasOneUse(v)
        && context
            .producer(v)
            .filter(
                n ->
                    n.op() instanceof ContractionOp
                        || n.op() instanceof ReductionOp
                        || n.op() instanceof ElementwiseOp)
            .isPresent();
  }

  private static boolean fits(List<Value> operands, Node movement, RewriteContext context) {
    Shape c = operands.get(1).shape();
    if (!context.isConstant(operands.get(1)) || c.rank() > operands.get(0).shape().rank()) {
      return false;
    }
    if (c.elements() == 1) {
      return true;
    }
    Shape from = movement.operand(0).shape();
    Shape to = movement.result().shape();
    return movement.op() instanceof Reshape
        && from.rank() > 0
        && to.rank() > 0
        && from.dim(from.rank() - 1) == to.dim(to.rank() - 1)
        && c.elements() == c.dim(c.rank() - 1);
  }
}
