package dev.nncc.tensor.region;

import dev.nncc.graph.Constant;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Cast;
import dev.nncc.graph.op.ElementwiseOp;
import dev.nncc.graph.op.Fused;
import dev.nncc.graph.op.Slice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A node seen as a region: a body of at most one anchor, elementwise nodes behind it, and
 * elementwise nodes in front that make its first operand. Its results may be slices, and functions
 * of these, that share out what the last of them makes. A plain node is a region of itself. A body
 * of several regions, each a {@link Fused}, runs them in order; the last counts as its anchor.
 *
 * @param outer what a body input is in the graph
 * @param results the graph value of each body output
 */
public record Region(
    Graph body, Optional<Node> anchor, Map<Value, Value> outer, List<Value> results) {

  public static Region of(Node node) {
    Map<Value, Value> outer = new LinkedHashMap<>();
    Graph body;
    if (node.op() instanceof Fused f) {
      body = f.body();
      for (int i = 0; i < node.operands().size(); i++) {
        outer.put(body.inputs().get(i), node.operand(i));
      }
    } else {
      node.operands().forEach(v -> outer.put(v, v));
      List<String> names = new ArrayList<>();
      node.results().forEach(v -> names.add(v.name()));
      body = new Graph("", List.copyOf(outer.keySet()), List.of(node), node.results(), names);
    }
    Optional<Node> anchor = Optional.empty();
    for (Node n : body.nodes()) {
      boolean part = anchor.isPresent() && n.op() instanceof Slice;
      if (n.op() instanceof ElementwiseOp || n.op() instanceof Constant || part) {
        continue;
      }
      if (anchor.isPresent() && !(n.op() instanceof Fused)) {
        throw new IllegalStateException(
            "a region with two anchors: " + anchor.get().op().name() + ", " + n.op().name());
      }
      anchor = Optional.of(n);
    }
    return new Region(body, anchor, outer, node.results());
  }

  /**
   * The slice behind the i-th result, if results are parts of one value; functions of the part
   * alone may follow it.
   */
  public Optional<Slice> part(int i) {
    Optional<Node> made = body.producer(body.outputs().get(i));
    while (made.filter(n -> n.op() instanceof ElementwiseOp).isPresent()) {
      made = made.filter(n -> n.operands().size() == 1).flatMap(n -> body.producer(n.operand(0)));
    }
    return made.filter(n -> anchor.isPresent() && !anchor.get().equals(n))
        .map(Node::op)
        .filter(Slice.class::isInstance)
        .map(Slice.class::cast);
  }

  /** The graph value behind an operand of a body node, unless the body computes it. */
  public Optional<Value> outerOf(Value v) {
    return Optional.ofNullable(outer.get(v));
  }

  /**
   * The graph value that a body value is made of element by element: itself, or the operand of its
   * shape of the elementwise nodes in front of the anchor.
   */
  public Optional<Value> sourceOf(Value v) {
    Optional<Value> found = outerOf(v);
    if (found.isPresent()) {
      return found;
    }
    Optional<Node> made = body.producer(v).filter(n -> n.op() instanceof ElementwiseOp);
    for (Value o : made.map(Node::operands).orElse(List.of())) {
      if (found.isEmpty() && o.shape().equals(v.shape()) && body.constant(o).isEmpty()) {
        found = sourceOf(o);
      }
    }
    return found;
  }

  /** What a cast in the body that changes no number reads; the value itself where none makes it. */
  public Value narrow(Value v) {
    return body.producer(v)
        .filter(n -> n.op() instanceof Cast)
        .map(n -> n.operand(0))
        .filter(o -> o.dtype().isFloat() && v.dtype().isFloat())
        .filter(o -> o.dtype().bytes() < v.dtype().bytes())
        .orElse(v);
  }

  public Node requireAnchor() {
    return anchor.orElseThrow(
        () -> new IllegalStateException("an elementwise region has no anchor"));
  }
}
