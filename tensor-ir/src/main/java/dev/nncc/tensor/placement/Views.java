package dev.nncc.tensor.placement;

import dev.nncc.graph.Constant;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Transpose;
import dev.nncc.tensor.region.Region;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Values that may share the memory of another: parts written straight into their concatenation,
 * values written straight into their transpose or the output they are a reshape of, slices,
 * reshapes and transposes read in place. Whether strides and borders allow that is found when
 * storages are made; a value that turns out not to fit gets memory of its own.
 */
final class Views {
  /** A part of a concatenation: elements {@code start ..} of {@code axis}. */
  record Part(Value whole, int axis, long start) {}

  private final Graph graph;
  private final Map<Value, Part> parts = new LinkedHashMap<>();
  private final Map<Value, Node> writtenInto = new LinkedHashMap<>();
  private final Set<Value> readInPlace = new LinkedHashSet<>();

  private Views(Graph graph) {
    this.graph = graph;
  }

  static Views of(Graph graph, Set<Value> blocked) {
    Views v = new Views(graph);
    for (Node n : graph.nodes()) {
      boolean inPlace =
          n.op() instanceof Slice s && s.steps().stream().allMatch(x -> x > 0)
              || n.op() instanceof Reshape
              || n.op() instanceof Transpose t && v.isCheapToRead(n, t);
      if (inPlace && graph.constant(n.operand(0)).isEmpty() && !graph.isOutput(n.result())) {
        v.readInPlace.add(n.result());
      }
    }
    for (Node n : graph.nodes()) {
      if (n.op() instanceof Concat c) {
        v.claimParts(n, c.axis(), blocked);
      }
    }
    for (Node n : graph.nodes()) {
      boolean reshaped =
          n.op() instanceof Reshape
              && (graph.isOutput(n.result())
                  || v.parts.containsKey(n.result())
                  || leadsToChannelsLast(graph, n.operand(0)));
      if (reshaped || n.op() instanceof Transpose t && (keepsRows(t) || v.isOfConv(n.operand(0)))) {
        v.claimMoved(n, blocked);
      }
    }
    return v;
  }

  /**
   * Whether all that becomes of a value is that its channels move behind the picture: a convolution
   * writes channels side by side anyway.
   */
  static boolean leadsToChannelsLast(Graph graph, Value v) {
    if (!graph.hasOneUse(v) || graph.isOutput(v)) {
      return false;
    }
    Node user = graph.uses(v).get(0);
    if (user.op() instanceof Reshape) {
      Shape from = v.shape();
      Shape to = user.result().shape();
      boolean picture =
          from.rank() >= 3
              && to.rank() >= 3
              && from.dim(0) == to.dim(0)
              && from.dim(1) == to.dim(1);
      return picture && leadsToChannelsLast(graph, user.result());
    }
    if (!(user.op() instanceof Transpose t)) {
      return false;
    }
    int last = t.perm().size() - 1;
    for (int a = 1; a < last; a++) {
      if (t.perm().get(a) != a + 1) {
        return false;
      }
    }
    return last >= 2 && t.perm().get(0) == 0 && t.perm().get(last) == 1;
  }

  /** Whether a convolution makes the value, in whose layout there is still a choice. */
  private boolean isOfConv(Value v) {
    Optional<Node> made = graph.producer(v);
    while (made.isPresent() && made.get().op() instanceof Reshape) {
      made = graph.producer(made.get().operand(0));
    }
    return made.map(Region::of)
        .flatMap(Region::anchor)
        .filter(a -> a.op() instanceof Conv)
        .isPresent();
  }

  /** Whether rows stay rows: then any reader is as fast as on a copy. */
  private static boolean keepsRows(Transpose t) {
    int last = t.perm().size() - 1;
    return t.perm().get(last) == last;
  }

  /** Otherwise readers that take each element once do what the copy would have done. */
  private boolean isCheapToRead(Node n, Transpose t) {
    return keepsRows(t)
        || graph.uses(n.result()).stream().allMatch(user -> Region.of(user).anchor().isEmpty());
  }

  /** A kernel's result that only a transpose reads is written in the order of that. */
  private void claimMoved(Node n, Set<Value> blocked) {
    Value x = n.operand(0);
    Optional<Node> producer = graph.producer(x);
    if (producer.isPresent()
        && !(producer.get().op() instanceof Constant)
        && graph.hasOneUse(x)
        && !graph.isOutput(x)
        && !isView(x)
        && !blocked.contains(x)
        && !blocked.contains(n.result())
        && (producer.get().results().size() == 1 || isOfConv(x))) {
      writtenInto.put(x, n);
      readInPlace.remove(n.result());
    }
  }

  /** The transpose or reshape into whose result a value is written. */
  Optional<Node> writtenInto(Value v) {
    return Optional.ofNullable(writtenInto.get(v));
  }

  private void claimParts(Node n, int axis, Set<Value> blocked) {
    long start = 0;
    for (Value part : n.operands()) {
      Optional<Node> producer = graph.producer(part);
      boolean computed = producer.isPresent() && !(producer.get().op() instanceof Constant);
      boolean free = computed && !parts.containsKey(part) && !graph.isOutput(part);
      if (free
          && blocked.contains(part) == blocked.contains(n.result())
          && part.shape().elements() > 0) {
        parts.put(part, new Part(n.result(), axis, start));
        // A view would be copied here; so it is moved here in the first place.
        readInPlace.remove(part);
      }
      start += part.shape().dim(axis);
    }
  }

  boolean isView(Value v) {
    return parts.containsKey(v) || readInPlace.contains(v) || writtenInto.containsKey(v);
  }

  Optional<Part> part(Value v) {
    return Optional.ofNullable(parts.get(v));
  }

  /** Whether a slice, reshape or transpose may be read in its operand's memory. */
  boolean mayReadInPlace(Value v) {
    return readInPlace.contains(v);
  }
}
