package dev.nncc.passes.simplify;

import dev.nncc.graph.Constant;
import dev.nncc.graph.Node;
import dev.nncc.graph.Op;
import dev.nncc.graph.Payload;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ElementwiseOp;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.rewrite.RewriteContext;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Values that are computed alike, one in each iteration, computed with one more axis in front. */
final class Iterations {
  /** Bytes of one value of all iterations. */
  private static final long MOST_BYTES = 64L << 20;

  private static final int DEPTH = 16;

  private final int count;
  private final RewriteContext context;
  private final Map<List<Value>, Optional<Value>> known = new LinkedHashMap<>();
  private boolean computes;

  Iterations(int count, RewriteContext context) {
    this.count = count;
    this.context = context;
  }

  /** Whether some operator has been found that does more than move. */
  boolean computes() {
    return computes;
  }

  /** All values in one, in front of whose axes those of the iterations come. */
  Optional<Value> together(List<Value> each) {
    return together(each, 0).filter(v -> v.shape().rank() == each.get(0).shape().rank() + 1);
  }

  /** Also a value itself that is the same in all iterations. */
  private Optional<Value> together(List<Value> each, int depth) {
    Optional<Value> before = known.get(each);
    if (before != null) {
      return before;
    }
    Optional<Value> found = depth > DEPTH ? Optional.empty() : made(each, depth);
    known.put(each, found);
    return found;
  }

  private Optional<Value> made(List<Value> each, int depth) {
    Value first = each.get(0);
    if (each.stream().allMatch(first::equals)) {
      return Optional.of(first);
    }
    List<Node> nodes = new ArrayList<>();
    for (Value v : each) {
      Optional<Node> n = context.producer(v).filter(k -> k.results().size() == 1);
      if (n.isEmpty() || !v.type().equals(first.type())) {
        return Optional.empty();
      }
      nodes.add(n.get());
    }
    if (first.type().bytes() * count > MOST_BYTES) {
      return Optional.empty();
    }
    if (nodes.stream().allMatch(n -> n.op() instanceof Constant)) {
      return Optional.of(constants(each, first.type()));
    }
    if (nodes.stream().allMatch(n -> n.op() instanceof Slice)) {
      return slices(nodes);
    }
    return computed(nodes, depth);
  }

  private TensorType stacked(TensorType type) {
    List<Long> extents = new ArrayList<>();
    extents.add((long) count);
    for (long extent : type.shape().toArray()) {
      extents.add(extent);
    }
    return type.withShape(Shape.of(extents));
  }

  private Value constants(List<Value> each, TensorType type) {
    ByteBuffer all =
        ByteBuffer.allocateDirect(Math.toIntExact(type.bytes() * count))
            .order(ByteOrder.LITTLE_ENDIAN);
    each.forEach(v -> all.put(context.constant(v).orElseThrow().payload().bytes()));
    all.flip();
    return context.constant(new Tensor(stacked(type), Payload.of(all)));
  }

  /** Slices of one value that follow each other along its first axis of more than one element. */
  private Optional<Value> slices(List<Node> nodes) {
    Value x = nodes.get(0).operand(0);
    Slice first = (Slice) nodes.get(0).op();
    int axis = 0;
    while (axis < x.shape().rank() - 1 && x.type().dim(axis) == 1) {
      axis++;
    }
    long size = first.sizes().get(axis);
    for (int i = 0; i < count; i++) {
      Slice s = (Slice) nodes.get(i).op();
      List<Long> starts = new ArrayList<>(first.starts());
      starts.set(axis, first.starts().get(axis) + i * size);
      boolean follows =
          s.starts().equals(starts)
              && s.sizes().equals(first.sizes())
              && s.steps().stream().allMatch(step -> step == 1);
      if (!follows || !nodes.get(i).operand(0).equals(x)) {
        return Optional.empty();
      }
    }
    List<Long> sizes = new ArrayList<>(first.sizes());
    sizes.set(axis, size * count);
    Value all = context.add(new Slice(first.starts(), sizes, first.steps()), x);
    return Optional.of(
        context.add(new Reshape(stacked(nodes.get(0).result().type()).shape()), all));
  }

  private Optional<Value> computed(List<Node> nodes, int depth) {
    Node first = nodes.get(0);
    for (Node n : nodes) {
      if (!n.op().equals(first.op())
          || n.operands().size() != first.operands().size()
          || context.users(n.result()).size() != 1
          || context.isOutput(n.result())) {
        return Optional.empty();
      }
    }
    List<Value> operands = new ArrayList<>();
    List<Boolean> varies = new ArrayList<>();
    for (int i = 0; i < first.operands().size(); i++) {
      int at = i;
      List<Value> each = nodes.stream().map(n -> n.operand(at)).toList();
      Optional<Value> all = together(each, depth + 1);
      if (all.isEmpty()) {
        return Optional.empty();
      }
      operands.add(all.get());
      varies.add(!each.stream().allMatch(each.get(0)::equals));
    }
    return applied(first, operands, varies);
  }

  private Optional<Value> applied(Node one, List<Value> operands, List<Boolean> varies) {
    Op op = one.op();
    if (op instanceof ElementwiseOp) {
      computes = true;
      List<Value> aligned = new ArrayList<>();
      for (int i = 0; i < operands.size(); i++) {
        Value v = operands.get(i);
        aligned.add(varies.get(i) ? aligned(v, one.result().shape().rank()) : v);
      }
      return Optional.of(context.addAll(op, aligned).get(0));
    }
    if (op instanceof Reduce r) {
      computes = true;
      List<Integer> axes = r.axes().stream().map(a -> a + 1).toList();
      return Optional.of(context.add(new Reduce(r.kind(), axes, r.keepDims()), operands.get(0)));
    }
    if (op instanceof Reshape) {
      Shape shape = stacked(one.result().type()).shape();
      return Optional.of(context.add(new Reshape(shape), operands.get(0)));
    }
    if (op instanceof Transpose t) {
      List<Integer> perm = new ArrayList<>(List.of(0));
      t.perm().forEach(a -> perm.add(a + 1));
      return Optional.of(context.add(new Transpose(perm), operands.get(0)));
    }
    return Optional.empty();
  }

  /** With axes of extent 1 behind the iterations, so that the others are broadcast as before. */
  private Value aligned(Value v, int rank) {
    if (v.shape().rank() == rank + 1) {
      return v;
    }
    List<Long> extents = new ArrayList<>();
    for (long extent : v.shape().toArray()) {
      extents.add(extent);
    }
    while (extents.size() < rank + 1) {
      extents.add(1, 1L);
    }
    return context.add(new Reshape(Shape.of(extents)), v);
  }
}
