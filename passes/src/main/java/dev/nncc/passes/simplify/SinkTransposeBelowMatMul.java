package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Op;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseOp;
import dev.nncc.graph.op.MatMul;
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
 * {@code MatMul(Transpose(x), w) -> Transpose(MatMul(x, w))} for a matrix {@code w} and a transpose
 * that reorders rows, if another transpose follows that it can be merged with. Also with reshapes
 * around the transpose, of which only what reorders rows is moved: attention that was trained with
 * time in front of the batch.
 */
public record SinkTransposeBelowMatMul() implements Rule {
  /** Nodes behind the product that are searched for a transpose. */
  private static final int REACH = 6;

  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(MatMul.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (root.result().shape().elements() == 0) {
      return Optional.empty();
    }
    Value rows = root.operand(0);
    if (!context.users(rows).stream()
        .allMatch(n -> isProduct(n, context) && meetsTranspose(n.result(), context))) {
      return Optional.empty();
    }
    Optional<Node> last = movement(rows, context);
    if (last.isEmpty() || context.isOutput(rows)) {
      return Optional.empty();
    }
    Node second = last.get();
    Node first = movement(second.operand(0), context).orElse(second);
    boolean one = first.equals(second);
    boolean alone = one || context.hasOneUse(first.result());
    Value x = first.operand(0);
    Optional<Rearrangement> moved =
        Rearrangement.identity(x.shape())
            .then(first.op())
            .flatMap(r -> one ? Optional.of(r) : r.then(second.op()));
    return alone ? moved.flatMap(m -> sunk(root, x, m, context)) : Optional.empty();
  }

  private static boolean isProduct(Node n, RewriteContext context) {
    return n.op() instanceof MatMul m
        && !m.transposeA()
        && n.operand(1).shape().rank() == 2
        && context.isConstant(n.operand(1));
  }

  private static Optional<Node> movement(Value v, RewriteContext context) {
    return context
        .producer(v)
        .filter(n -> n.op() instanceof Reshape || n.op() instanceof Transpose);
  }

  private static Optional<Replacement> sunk(
      Node root, Value x, Rearrangement moved, RewriteContext context) {
    long width = root.operand(0).type().dim(root.operand(0).shape().rank() - 1);
    int places = moved.order().size();
    int rows = places;
    for (long n = 1; n < width; ) {
      n *= moved.factors().get(moved.order().get(--rows));
    }
    List<Integer> before = moved.order().subList(0, rows);
    List<Integer> sorted = before.stream().sorted().toList();
    if (before.equals(sorted)) {
      return Optional.empty();
    }
    List<Integer> order = new ArrayList<>(sorted);
    order.addAll(moved.order().subList(rows, places));
    List<Long> extents = new ArrayList<>();
    sorted.forEach(f -> extents.add(moved.factors().get(f)));
    extents.add(width);
    Rearrangement plain = new Rearrangement(x.shape(), moved.factors(), order, Shape.of(extents));
    Value a = x;
    for (Op op : plain.ops()) {
      a = context.add(op, a);
    }
    Value product = context.add(root.op(), a, root.operand(1));
    List<Integer> perm = new ArrayList<>();
    before.forEach(f -> perm.add(sorted.indexOf(f)));
    perm.add(sorted.size());
    Value back = context.add(new Transpose(perm), product);
    return Replacement.by(context.add(new Reshape(root.result().shape()), back));
  }

  /** Whether only elementwise functions and reshapes stand between the value and a transpose. */
  private static boolean meetsTranspose(Value from, RewriteContext context) {
    Value v = from;
    for (int i = 0; i < REACH && context.hasOneUse(v); i++) {
      Node n = context.users(v).get(0);
      Value here = v;
      boolean passes =
          n.op() instanceof Reshape
              || n.op() instanceof ElementwiseOp
                  && n.operands().stream().allMatch(o -> o.equals(here) || context.isConstant(o));
      if (!passes) {
        return n.op() instanceof Transpose;
      }
      v = n.result();
    }
    return false;
  }
}
