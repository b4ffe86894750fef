package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Expand;
import dev.nncc.passes.rewrite.RewriteContext;

/** Values that are one number, or one operand, everywhere. */
final class Filled {
  private Filled() {}

  /** A number broadcast to a type; large ones are cheaper to make again than to ship. */
  static Value with(double number, TensorType type, RewriteContext context) {
    Value scalar = context.constant(Tensor.filled(type.withShape(Shape.SCALAR), number));
    return type.rank() == 0 ? scalar : context.add(new Expand(type.shape()), scalar);
  }

  /** An operand as the root's result: itself where the shapes agree, else broadcast. */
  static Value asResultOf(Node root, Value operand, RewriteContext context) {
    return operand.shape().equals(root.result().shape())
        ? operand
        : context.add(new Expand(root.result().shape()), operand);
  }
}
