package dev.nncc.passes.fuse;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Op;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.MatMul;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A convolution or product with constant weights, its bias and the activations behind it.
 *
 * @param nodes the anchor and what follows it, in order
 * @param bias empty if there is none
 */
record Branch(Node anchor, List<Node> nodes, Tensor weights, Optional<Tensor> bias) {
  Branch {
    nodes = List.copyOf(nodes);
  }

  /**
   * Branches with equal keys can be computed together.
   *
   * @param activations that all have; none where each may have its own
   */
  record Key(int operand, Op op, List<Long> kernel, List<Op> activations) {}

  /** The region with these members, if it is one; the anchor is the first of them. */
  static Optional<Branch> of(Graph graph, Regions regions, List<Node> members) {
    Node anchor = members.get(0);
    boolean fits =
        anchor.op() instanceof Conv c && c.groups() == 1 || anchor.op() instanceof MatMul;
    Optional<Tensor> w = fits ? graph.constant(anchor.operand(1)) : Optional.empty();
    if (w.isEmpty() || graph.uses(anchor.operand(0)).size() < 2 || !isBound(anchor)) {
      return Optional.empty();
    }
    if (anchor.op() instanceof MatMul && w.get().shape().rank() != 2) {
      return Optional.empty();
    }
    Optional<Tensor> bias = Optional.empty();
    if (anchor.operands().size() == 3) {
      bias = graph.constant(anchor.operand(2));
      if (bias.isEmpty()) {
        return Optional.empty();
      }
    }
    int size = 1;
    for (; size < members.size(); size++) {
      Node follower = members.get(size);
      Value v = members.get(size - 1).result();
      if (!follower.operands().contains(v) || !graph.hasOneUse(v)) {
        return Optional.empty();
      }
      if (follower.operands().size() > 1) {
        Optional<Tensor> added = size == 1 ? bias(graph, follower) : Optional.empty();
        if (added.isEmpty() || anchor.op() instanceof Conv) {
          if (!findsAnotherHost(graph, regions, follower, v)) {
            return Optional.empty();
          }
          break;
        }
        bias = added;
      }
    }
    return Optional.of(new Branch(anchor, members.subList(0, size), w.get(), bias));
  }

  /** Whether a node can join the region of its other operand: a sum of two convolutions. */
  private static boolean findsAnotherHost(Graph graph, Regions regions, Node n, Value v) {
    return n.operands().stream()
        .filter(o -> !o.equals(v) && o.shape().equals(n.result().shape()))
        .anyMatch(
            o ->
                graph.hasOneUse(o)
                    && graph.producer(o).isPresent()
                    && regions.making(o).stream().anyMatch(m -> Anchors.isAnchor(m.op())));
  }

  private static boolean isBound(Node anchor) {
    return anchor.operands().stream().allMatch(v -> v.shape().isConstant());
  }

  /** A bias by column that a node adds. */
  private static Optional<Tensor> bias(Graph graph, Node n) {
    if (!(n.op() instanceof Elementwise e) || e.kind() != ElementwiseKind.ADD) {
      return Optional.empty();
    }
    Shape shape = n.result().shape();
    long columns = shape.dim(shape.rank() - 1);
    return graph
        .constant(n.operand(1))
        .or(() -> graph.constant(n.operand(0)))
        .filter(
            t ->
                t.shape().rank() > 0
                    && t.shape().dim(t.shape().rank() - 1) == columns
                    && t.elements() == columns)
        .map(t -> t.reshaped(Shape.of(columns)));
  }

  Key key() {
    List<Long> kernel = new ArrayList<>();
    if (anchor.op() instanceof Conv) {
      for (int i = 2; i < weights.shape().rank(); i++) {
        kernel.add(weights.shape().dim(i));
      }
    }
    // Where activations differ, each part has its own, which all lanes would have to pay for.
    boolean cheap = activations().stream().allMatch(Branch::isCheap);
    List<Op> shared = anchor.op() instanceof Conv && cheap ? List.of() : activations();
    return new Key(anchor.operand(0).id(), anchor.op(), kernel, shared);
  }

  private static boolean isCheap(Op op) {
    return op instanceof Elementwise e
        && (e.kind() == ElementwiseKind.RELU || e.kind() == ElementwiseKind.CLIP);
  }

  /** The functions of one operand at the end. */
  List<Op> activations() {
    return nodes.stream().skip(1).filter(n -> n.operands().size() == 1).map(Node::op).toList();
  }

  /** The bias, of zeros if there is none. */
  Tensor biasOrZero() {
    return bias.orElseGet(
        () -> Tensor.filled(new TensorType(end().dtype(), Shape.of(channels())), 0));
  }

  Value end() {
    return nodes.get(nodes.size() - 1).result();
  }

  /** The axis of the results along which branches are joined. */
  int resultAxis() {
    return anchor.op() instanceof Conv ? 1 : end().shape().rank() - 1;
  }

  /** That axis of the weights. */
  int weightAxis() {
    return anchor.op() instanceof MatMul m && !m.transposeB() ? 1 : 0;
  }

  long channels() {
    return end().type().dim(resultAxis());
  }
}
