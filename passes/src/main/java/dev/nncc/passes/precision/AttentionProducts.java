package dev.nncc.passes.precision;

import dev.nncc.graph.DType;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseOp;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.Softmax;
import dev.nncc.passes.Precision;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The products of attention, {@code softmax(mask(q k')) v}, whose factors are all computed. They
 * are rounded where the three are going to be one kernel: it pairs the values along the keys once
 * for all rows, which would cost more than it saves anywhere else.
 */
final class AttentionProducts {
  /** Heads, and rows of a block, from which scores, softmax and product become one kernel. */
  private static final long FEWEST_HEADS = 4;

  private static final long ROWS = 8;

  /** A block of rows of scores has to fit the first cache. */
  private static final long MOST_KEYS = 1024;

  private static final long COLUMNS = 16;

  private AttentionProducts() {}

  /** Both products of each attention whose factors are to be rounded to bf16. */
  static Set<Node> of(Graph graph, Precision p) {
    Set<Node> found = new LinkedHashSet<>();
    if (p.activations() != DType.BF16) {
      return found;
    }
    for (Node n : graph.nodes()) {
      if (isProduct(graph, n) && n.op() instanceof MatMul m && !m.transposeA()) {
        scores(graph, n)
            .filter(s -> pays(s, n))
            .ifPresent(
                s -> {
                  found.add(s);
                  found.add(n);
                });
      }
    }
    return found;
  }

  private static boolean isProduct(Graph graph, Node n) {
    return n.op() instanceof MatMul
        && n.result().shape().rank() > 2
        && n.operands().stream()
            .allMatch(v -> v.dtype() == DType.F32 && graph.constant(v).isEmpty());
  }

  private static Optional<Node> scores(Graph graph, Node product) {
    Optional<Node> softmax = only(graph, product.operand(0));
    int rank = product.result().shape().rank();
    return softmax
        .filter(s -> s.op() instanceof Softmax x && x.axis() == rank - 1)
        .flatMap(s -> behind(graph, s.operand(0)));
  }

  /** The product that a value is made of by elementwise operators alone. */
  private static Optional<Node> behind(Graph graph, Value v) {
    Optional<Node> n = only(graph, v);
    while (n.isPresent() && n.get().op() instanceof ElementwiseOp) {
      Shape shape = n.get().result().shape();
      n =
          n.get().operands().stream()
              .filter(o -> o.shape().equals(shape))
              .findFirst()
              .flatMap(o -> only(graph, o));
    }
    return n.filter(x -> isProduct(graph, x) && x.op() instanceof MatMul m && !m.transposeA());
  }

  private static Optional<Node> only(Graph graph, Value v) {
    return graph.hasOneUse(v) ? graph.producer(v) : Optional.empty();
  }

  private static boolean pays(Node scores, Node product) {
    Shape s = scores.result().shape();
    int rank = s.rank();
    long rows = s.dim(rank - 2);
    long keys = s.dim(rank - 1);
    long heads = s.elements() / (rows * keys);
    Shape q = scores.operand(0).shape();
    long columns = product.result().shape().dim(rank - 1);
    return heads >= FEWEST_HEADS
        && rows % ROWS == 0
        && keys % COLUMNS == 0
        && keys <= MOST_KEYS
        && q.dim(q.rank() - 1) % 2 == 0
        && columns % COLUMNS == 0;
  }
}
