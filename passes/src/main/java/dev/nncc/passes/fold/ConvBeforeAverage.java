package dev.nncc.passes.fold;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.Reshape;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * {@code Conv1x1(Average(x), w, b) -> Average(Conv1x1(x, w)) + b} where the convolution leaves
 * fewer channels to average and that is less work: an average with stride 1. What others read
 * stays.
 */
public record ConvBeforeAverage() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Roots roots() {
    return Roots.of(Conv.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!PointConvolution.isOne(root)) {
      return Optional.empty();
    }
    Optional<Node> pool =
        context
            .onlyFor(root.operand(0), Pool.class)
            .filter(n -> Averaging.of(n).filter(a -> pays(root, n, a)).isPresent());
    if (pool.isEmpty()) {
      return Optional.empty();
    }
    boolean whole = Averaging.of(pool.get()).orElseThrow().weighsAll();
    List<Value> operands = new ArrayList<>(root.operands());
    operands.set(0, pool.get().operand(0));
    boolean behind = operands.size() == 3 && !whole;
    Value conv = context.addAll(root.op(), behind ? operands.subList(0, 2) : operands).get(0);
    Value averaged = context.add(pool.get().op(), conv);
    if (!behind) {
      return Replacement.by(averaged);
    }
    long[] extents = new long[root.result().shape().rank() - 1];
    Arrays.fill(extents, 1);
    extents[0] = root.result().type().dim(1);
    Value bias = context.add(new Reshape(Shape.of(extents)), root.operand(2));
    return Replacement.by(context.add(ElementwiseKind.ADD, averaged, bias));
  }

  private static boolean pays(Node conv, Node pool, Averaging a) {
    double before = PointConvolution.pixels(pool.operand(0));
    double after = PointConvolution.pixels(conv.result());
    double now =
        after * PointConvolution.work(conv) + after * pool.operand(0).type().dim(1) * a.taps();
    double then =
        before * PointConvolution.work(conv) + after * conv.result().type().dim(1) * a.taps();
    return then < now;
  }
}
