package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.Expand;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Reshape;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * {@code op(Expand(x), y) -> op(x, y)} for elementwise operators, which broadcast by themselves,
 * and for products of as many matrices (heads that share keys and values); also for a Reshape of a
 * smaller operand that only puts axes of extent 1 in front. Only if the result keeps its shape.
 */
public record DropExpansion() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(Elementwise.class, MatMul.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (root.operands().size() < 2) {
      return Optional.empty();
    }
    for (int i = 0; i < root.operands().size(); i++) {
      Optional<Value> small = unexpanded(root.operand(i), root.result().shape(), context);
      if (small.isPresent() && isOperand(root, root.operand(i), small.get())) {
        List<Value> operands = new ArrayList<>(root.operands());
        operands.set(i, small.get());
        List<TensorType> types = operands.stream().map(Value::type).toList();
        if (root.op().infer(types).get(0).equals(root.result().type())) {
          return Optional.of(new Replacement(context.addAll(root.op(), operands)));
        }
      }
    }
    return Optional.empty();
  }

  /** Of products there are as many, of the same matrices. */
  private static boolean isOperand(Node root, Value large, Value small) {
    int rank = small.shape().rank();
    int all = large.shape().rank();
    return root.op() instanceof Elementwise
        || rank == all
            && rank >= 2
            && small
                .shape()
                .dims()
                .subList(rank - 2, rank)
                .equals(large.shape().dims().subList(all - 2, all));
  }

  private static Optional<Value> unexpanded(Value v, Shape result, RewriteContext context) {
    Optional<Node> n = context.producer(v);
    if (n.isEmpty() || n.get().operands().size() != 1) {
      return Optional.empty();
    }
    Value x = n.get().operand(0);
    boolean broadcast =
        n.get().op() instanceof Expand
            || n.get().op() instanceof Reshape
                && v.shape().elements() < result.elements()
                && isPrefixedByOnes(v.shape(), x.shape());
    return broadcast ? Optional.of(x) : Optional.empty();
  }

  private static boolean isPrefixedByOnes(Shape large, Shape small) {
    int more = large.rank() - small.rank();
    return more > 0
        && large.dims().subList(more, large.rank()).equals(small.dims())
        && IntStream.range(0, more).allMatch(i -> large.dim(i) == 1);
  }
}
