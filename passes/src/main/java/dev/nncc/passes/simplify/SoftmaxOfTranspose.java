package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Op;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.LogSoftmax;
import dev.nncc.graph.op.Softmax;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/**
 * {@code Softmax(Transpose(x)) -> Transpose(Softmax(x))} along the axis as it was, if only
 * transposes read it: there they cancel. The same for LogSoftmax.
 */
public record SoftmaxOfTranspose() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(LogSoftmax.class, Softmax.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    boolean log = root.op() instanceof LogSoftmax;
    if (!log && !(root.op() instanceof Softmax)
        || context.isOutput(root.result())
        || !context.users(root.result()).stream().allMatch(n -> n.op() instanceof Transpose)) {
      return Optional.empty();
    }
    return context
        .onlyFor(root.operand(0), Transpose.class)
        .flatMap(
            n -> {
              Transpose t = (Transpose) n.op();
              int axis =
                  root.op() instanceof Softmax s ? s.axis() : ((LogSoftmax) root.op()).axis();
              int before = t.perm().get(axis);
              Op op = log ? new LogSoftmax(before) : new Softmax(before);
              Value y = context.add(op, n.operand(0));
              return Replacement.by(context.add(t, y));
            });
  }
}
