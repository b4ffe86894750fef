package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Op;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ContractionOp;
import dev.nncc.graph.op.ElementwiseOp;
import dev.nncc.graph.op.ReductionOp;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code f(Reshape(x)) -> Reshape(f(x))}, also behind a Transpose, for functions of one operand or
 * with a constant that can be written with the axes in front: there {@code f} can join the kernel
 * that makes {@code x}, or its weights.
 */
public record MoveElementwiseBeforeMovement() implements Rule {
  /** Movements that are looked through. */
  private static final int REACH = 4;

  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(ElementwiseOp.class);
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
    List<Value> operands = new ArrayList<>(List.of(x));
    for (Value c : root.operands().subList(1, root.operands().size())) {
      Optional<Value> before = MovedConstant.before(movement.get(), c, context);
      if (before.isEmpty()) {
        return Optional.empty();
      }
      operands.add(before.get());
    }
    Value moved = context.addAll(root.op(), operands).get(0);
    return moved.shape().equals(x.shape())
        ? Replacement.by(context.add(movement.get().op(), moved))
        : Optional.empty();
  }

  /**
   * Whether a kernel that {@code f} can join makes the value, for the movement alone; also with
   * further movements between.
   */
  private static boolean computes(Value from, RewriteContext context) {
    Value v = from;
    for (int i = 0; i < REACH && context.hasOneUse(v); i++) {
      Optional<Node> n = context.producer(v);
      if (n.isEmpty() || n.get().operands().isEmpty()) {
        return false;
      }
      Op op = n.get().op();
      if (!(op instanceof Reshape) && !(op instanceof Transpose)) {
        return op instanceof ContractionOp
            || op instanceof ReductionOp
            || op instanceof ElementwiseOp;
      }
      v = n.get().operand(0);
    }
    return false;
  }
}
