package dev.nncc.passes.fuse;

import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Op;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.ElementwiseOp;
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

  /** Branches with equal keys can be computed together. */
  record Key(int operand, Op op, List<Long> kernel, boolean bias, List<Op> activations) {}

  static Optional<Branch> of(Graph graph, Node anchor) {
    boolean fits =
        anchor.op() instanceof Conv c && c.groups() == 1 || anchor.op() instanceof MatMul;
    Optional<Tensor> w = fits ? graph.constant(anchor.operand(1)) : Optional.empty();
    if (w.isEmpty() || graph.uses(anchor.operand(0)).size() < 2 || !isBound(anchor)) {
      return Optional.empty();
    }
    if (anchor.op() instanceof MatMul && w.get().shape().rank() != 2) {
      return Optional.empty();
    }
    List<Node> nodes = new ArrayList<>(List.of(anchor));
    Optional<Tensor> bias = Optional.empty();
    if (anchor.operands().size() == 3) {
      bias = graph.constant(anchor.operand(2));
      if (bias.isEmpty()) {
        return Optional.empty();
      }
    }
    Node last = anchor;
    for (Optional<Node> n = next(graph, last); n.isPresent(); n = next(graph, last)) {
      Node follower = n.get();
      if (follower.operands().size() > 1) {
        Optional<Tensor> added = nodes.size() == 1 ? bias(graph, follower) : Optional.empty();
        if (added.isEmpty() || anchor.op() instanceof Conv) {
          return Optional.empty();
        }
        bias = added;
      }
      nodes.add(follower);
      last = follower;
    }
    return Optional.of(new Branch(anchor, nodes, w.get(), bias));
  }

  private static boolean isBound(Node anchor) {
    return anchor.operands().stream().allMatch(v -> v.shape().isConstant());
  }

  /** The elementwise node that alone reads the result and keeps its shape. */
  private static Optional<Node> next(Graph graph, Node n) {
    if (!graph.hasOneUse(n.result())) {
      return Optional.empty();
    }
    Node user = graph.uses(n.result()).get(0);
    return user.op() instanceof ElementwiseOp && user.result().shape().equals(n.result().shape())
        ? Optional.of(user)
        : Optional.empty();
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
    return new Key(anchor.operand(0).id(), anchor.op(), kernel, bias.isPresent(), activations());
  }

  /** The functions of one operand at the end. */
  List<Op> activations() {
    return nodes.stream().skip(1).filter(n -> n.operands().size() == 1).map(Node::op).toList();
  }

  boolean biasIsOperand() {
    return anchor.operands().size() == 3;
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
