package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/** {@code c + x -> x + c}, and so for all commutative functions: later rules look on the right. */
public record MoveConstantRight() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(Elementwise.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof Elementwise e)
        || !isCommutative(e)
        || !context.isConstant(root.operand(0))
        || context.isConstant(root.operand(1))) {
      return Optional.empty();
    }
    return Replacement.by(context.add(e, root.operand(1), root.operand(0)));
  }

  private static boolean isCommutative(Elementwise e) {
    return switch (e.kind()) {
      case ADD, MUL, MIN, MAX, EQUAL, AND, OR, XOR -> true;
      default -> false;
    };
  }
}
