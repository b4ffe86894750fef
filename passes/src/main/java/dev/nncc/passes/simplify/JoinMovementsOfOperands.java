package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Elementwise;
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
 * {@code f(Transpose(x), Transpose(y)) -> Transpose(f(x, y))} for elementwise functions of values
 * that are moved alike and read by nobody else, also for a Reshape: one movement instead of two,
 * and {@code f} can join the kernel that makes {@code x}. Beside a transposed operand others may be
 * smaller ones that a reshape brings in front of the transpose: gates by channel.
 */
public record JoinMovementsOfOperands() implements Rule {
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
    if (!(root.op() instanceof Elementwise) || root.operands().size() < 2) {
      return Optional.empty();
    }
    Optional<Node> movement = movement(root, context);
    if (movement.isEmpty() || !root.result().shape().equals(movement.get().result().shape())) {
      return Optional.empty();
    }
    Node first = movement.get();
    List<Value> operands = new ArrayList<>();
    for (Value v : root.operands()) {
      Optional<Value> before =
          context
              .producer(v)
              .filter(n -> isAlike(n, first, root, context))
              .map(n -> n.operand(0))
              .or(() -> inFront(first, v, context));
      if (before.isEmpty()) {
        return Optional.empty();
      }
      operands.add(before.get());
    }
    Value all = context.addAll(root.op(), operands).get(0);
    return all.shape().equals(first.operand(0).shape())
        ? Replacement.by(context.add(first.op(), all))
        : Optional.empty();
  }

  /** The first operand's movement that only the root reads; constants are moved by other rules. */
  private static Optional<Node> movement(Node root, RewriteContext context) {
    if (root.operands().stream().anyMatch(context::isConstant)) {
      return Optional.empty();
    }
    for (Value v : root.operands()) {
      Optional<Node> n =
          context
              .producer(v)
              .filter(k -> k.op() instanceof Transpose || k.op() instanceof Reshape)
              .filter(k -> isAlike(k, k, root, context));
      if (n.isPresent() && v.shape().equals(root.result().shape())) {
        return n;
      }
    }
    return Optional.empty();
  }

  private static boolean isAlike(Node n, Node first, Node root, RewriteContext context) {
    return n.op().equals(first.op())
        && n.operand(0).shape().equals(first.operand(0).shape())
        && !context.isConstant(n.operand(0))
        && !context.isOutput(n.result())
        && context.users(n.result()).equals(List.of(root));
  }

  /** A smaller value as it is in front of a transpose, if only axes of extent 1 change places. */
  private static Optional<Value> inFront(Node movement, Value v, RewriteContext context) {
    int rank = movement.result().shape().rank();
    if (!(movement.op() instanceof Transpose t)
        || v.shape().rank() != rank
        || v.shape().elements() == movement.result().shape().elements()) {
      return Optional.empty();
    }
    List<Integer> inverse = Perms.inverse(t.perm());
    List<Integer> large = AxisGroups.large(inverse, v.shape());
    if (!large.equals(large.stream().sorted().toList())) {
      return Optional.empty();
    }
    Shape shape = new Shape(inverse.stream().map(v.shape().dims()::get).toList());
    return Optional.of(context.add(new Reshape(shape), v));
  }
}
