package dev.nncc.passes.fuse;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ArgReduce;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.ElementwiseOp;
import dev.nncc.graph.op.LayerNorm;
import dev.nncc.graph.op.LogSoftmax;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Softmax;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a kernel may compute of its first operand while it reads it: a few elementwise nodes that
 * nobody else reads. Only what no kernel in front could take as its epilogue is left for this.
 */
final class Prologues {
  /** Nodes; each is computed again wherever an element is read again. */
  private static final int LARGEST = 6;

  /** What keeps numbers finite: lanes beyond the channels meet weights of zero. */
  private static final Set<ElementwiseKind> LINEAR =
      Set.of(
          ElementwiseKind.ADD,
          ElementwiseKind.SUB,
          ElementwiseKind.MUL,
          ElementwiseKind.MAX,
          ElementwiseKind.MIN,
          ElementwiseKind.RELU,
          ElementwiseKind.CLIP);

  private Prologues() {}

  /**
   * Whether the anchor's region can take in the region that makes its first operand.
   *
   * @param front the members of that region, in order
   */
  static boolean joins(Graph graph, List<Node> front, Node anchor) {
    if (front.size() > LARGEST || !front.stream().allMatch(n -> n.op() instanceof ElementwiseOp)) {
      return false;
    }
    Value v = front.get(front.size() - 1).result();
    if (!graph.hasOneUse(v)
        || graph.isOutput(v)
        || !anchor.operand(0).equals(v)
        || !readsAsLarge(graph, front, v)
        || isPartOfConv(graph, front)
        || !isTree(graph, front)) {
      return false;
    }
    if (anchor.op() instanceof Conv c) {
      return c.groups() == 1
          && v.shape().rank() >= 4
          && front.stream()
              .allMatch(n -> n.op() instanceof Elementwise e && LINEAR.contains(e.kind()));
    }
    return anchor.op() instanceof Reduce
        || anchor.op() instanceof ArgReduce
        || anchor.op() instanceof Softmax
        || anchor.op() instanceof LogSoftmax
        || anchor.op() instanceof LayerNorm;
  }

  /**
   * Whether functions of one operand follow a slice of a convolution that slices share out: its
   * kernel stores them for its parts.
   */
  private static boolean isPartOfConv(Graph graph, List<Node> front) {
    Optional<Node> slice = graph.producer(front.get(0).operand(0));
    if (slice.isEmpty()
        || !(slice.get().op() instanceof Slice)
        || !front.stream().allMatch(n -> n.operands().size() == 1)) {
      return false;
    }
    Value whole = slice.get().operand(0);
    return graph.producer(whole).filter(n -> n.op() instanceof Conv).isPresent()
        && graph.uses(whole).stream().allMatch(n -> n.op() instanceof Slice);
  }

  /** Whether a tensor of the result's shape is read all along the chain: it tells the layout. */
  private static boolean readsAsLarge(Graph graph, List<Node> front, Value v) {
    return front.stream()
        .filter(n -> n.result().equals(v))
        .flatMap(n -> n.operands().stream())
        .anyMatch(
            o ->
                o.shape().equals(v.shape())
                    && graph.constant(o).isEmpty()
                    && (front.stream().noneMatch(n -> n.results().contains(o))
                        || readsAsLarge(graph, front, o)));
  }

  /** Whether each value is used once, so that no expression is repeated. */
  private static boolean isTree(Graph graph, List<Node> front) {
    return front.stream().allMatch(n -> graph.hasOneUse(n.result()));
  }
}
