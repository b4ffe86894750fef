package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
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
 * {@code Concat(f(a, x1), f(a, x2), ..) -> f(a, [x1, x2, ..])} with one more axis in front, where
 * the parts are computed alike from consecutive slices of one value or from constants: iterations
 * of a loop that do not depend on one another, written out.
 */
public record ComputeIterationsAtOnce() implements Rule {
  /** Below it the kernels saved are few, and joining other values may cost a fusion. */
  private static final int FEWEST = 4;

  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(Concat.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof Concat concat)
        || root.operands().size() < FEWEST
        || root.result().shape().elements() == 0
        || root.operands().stream()
            .anyMatch(v -> !v.type().equals(root.operand(0).type()) || context.isConstant(v))) {
      return Optional.empty();
    }
    Iterations iterations = new Iterations(root.operands().size(), context);
    return iterations
        .together(root.operands())
        .filter(all -> iterations.computes())
        .flatMap(all -> Replacement.by(joined(root, all, concat.axis(), context)));
  }

  /** Brings the axis of the iterations in front of that of the concatenation. */
  private static Value joined(Node root, Value all, int axis, RewriteContext context) {
    Value v = all;
    Shape shape = root.operand(0).shape();
    boolean first = true;
    for (int a = 0; a < axis; a++) {
      first &= shape.dim(a) == 1;
    }
    if (!first) {
      List<Integer> perm = new ArrayList<>();
      for (int a = 1; a <= shape.rank(); a++) {
        perm.add(a);
      }
      perm.add(axis, 0);
      v = context.add(new Transpose(perm), v);
    }
    return context.add(new Reshape(root.result().shape()), v);
  }
}
