package dev.nncc.passes.fold;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Reshape;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code Average(Conv1x1(x)) -> Conv1x1(Average(x))} where fewer pixels are left to convolve and
 * that is less work. With a bias only where each window weighs one. What others read stays.
 */
public record AverageBeforeConv() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.REASSOCIATES;
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    Optional<Averaging> average = Averaging.of(root);
    if (average.isEmpty()) {
      return Optional.empty();
    }
    Averaging a = average.get();
    return context
        .onlyFor(root.operand(0), Conv.class)
        .filter(n -> PointConvolution.isOne(n))
        .filter(n -> n.operands().size() == 2 || a.weighsAll())
        .filter(n -> pays(root, n, a))
        .flatMap(
            n -> {
              List<Value> operands = new ArrayList<>(n.operands());
              operands.set(0, a.add(n.operand(0), context));
              Value v = context.addAll(n.op(), operands).get(0);
              return Replacement.by(
                  a.keepsAxes() ? v : context.add(new Reshape(root.result().shape()), v));
            });
  }

  private static boolean pays(Node root, Node conv, Averaging a) {
    double before = PointConvolution.pixels(conv.result());
    double after = root.result().shape().elements() / (double) conv.result().type().dim(1);
    double now =
        before * PointConvolution.work(conv) + after * conv.result().type().dim(1) * a.taps();
    double then =
        after * PointConvolution.work(conv) + after * conv.operand(0).type().dim(1) * a.taps();
    return then < now;
  }
}
