package dev.nncc.passes.rewrite;

import dev.nncc.graph.Constant;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A graph under rewriting: nodes in a doubly linked list in topological order, with producers and
 * uses by value id, so that one replacement costs as much as it touches.
 */
final class WorkGraph {
  /** A place in the list; the node in it changes when its operands are replaced. */
  static final class Slot {
    Node node;
    @Nullable Slot previous;
    @Nullable Slot next;
    boolean alive = true;
    boolean queued;

    /** Position in the first graph; slots that come later take that of their root. */
    final int order;

    Slot(Node node, int order) {
      this.node = node;
      this.order = order;
    }
  }

  /** Who made a value and who reads it how often. */
  private static final class Entry {
    @Nullable Slot producer;
    final Map<Slot, Integer> users = new LinkedHashMap<>(4);
    int count;
    int asOutput;
  }

  private final Graph original;
  private final List<@Nullable Entry> entries = new ArrayList<>();
  private final List<Value> outputs;

  /** In front of the first node; stands for none. */
  private final Slot head =
      new Slot(
          new Node(new Constant(Tensor.ofLongs(Shape.of(0))), List.of(), List.of(), Origin.NONE),
          -1);

  private boolean changed;

  WorkGraph(Graph graph) {
    original = graph;
    outputs = new ArrayList<>(graph.outputs());
    graph.inputs().forEach(this::define);
    Slot last = head;
    for (Node n : graph.nodes()) {
      Slot s = new Slot(n, last.order + 1);
      insertAfter(last, s);
      last = s;
    }
    outputs.forEach(v -> entry(v).asOutput++);
    Slot s = last;
    while (s != head) {
      Slot before = previous(s);
      removeIfDead(s, new ArrayDeque<>());
      s = before;
    }
  }

  private static Slot previous(Slot s) {
    Slot p = s.previous;
    if (p == null) {
      throw new IllegalStateException("the head has nothing before it");
    }
    return p;
  }

  private Entry define(Value v) {
    while (entries.size() <= v.id()) {
      entries.add(null);
    }
    if (entries.get(v.id()) != null) {
      throw new IllegalStateException(v + " is defined twice");
    }
    Entry e = new Entry();
    entries.set(v.id(), e);
    return e;
  }

  private Entry entry(Value v) {
    Entry e = v.id() < entries.size() ? entries.get(v.id()) : null;
    if (e == null) {
      throw new IllegalStateException(v + " is not in the graph");
    }
    return e;
  }

  int nextId() {
    return entries.size();
  }

  Optional<Node> producer(Value v) {
    Slot s = entry(v).producer;
    return s == null ? Optional.empty() : Optional.of(s.node);
  }

  List<Node> users(Value v) {
    return entry(v).users.keySet().stream().map(s -> s.node).toList();
  }

  List<Slot> userSlots(Value v) {
    return List.copyOf(entry(v).users.keySet());
  }

  int useCount(Value v) {
    return entry(v).count;
  }

  boolean isOutput(Value v) {
    return entry(v).asOutput > 0;
  }

  boolean knows(Value v) {
    return v.id() < entries.size() && entries.get(v.id()) != null;
  }

  List<Slot> slots() {
    List<Slot> all = new ArrayList<>();
    for (Slot s = head.next; s != null; s = s.next) {
      all.add(s);
    }
    return all;
  }

  /** Puts a node in front of {@code root}. */
  Slot insertBefore(Slot root, Node node) {
    Slot s = new Slot(node, root.order);
    insertAfter(previous(root), s);
    changed = true;
    return s;
  }

  private void insertAfter(Slot place, Slot s) {
    s.previous = place;
    s.next = place.next;
    if (place.next != null) {
      place.next.previous = s;
    }
    place.next = s;
    s.node.operands().forEach(v -> use(v, s));
    s.node.results().forEach(v -> define(v).producer = s);
  }

  private void use(Value v, Slot s) {
    Entry e = entry(v);
    e.users.merge(s, 1, Integer::sum);
    e.count++;
  }

  /** Makes all readers of one value read another one. */
  void replace(Value old, Value by) {
    Entry from = entry(old);
    for (Slot s : List.copyOf(from.users.keySet())) {
      s.node = new Node(s.node.op(), replaced(s, old, by), s.node.results(), s.node.origin());
      int n = from.users.getOrDefault(s, 0);
      for (int i = 0; i < n; i++) {
        use(by, s);
      }
    }
    from.users.clear();
    from.count = 0;
    if (from.asOutput > 0) {
      outputs.replaceAll(v -> v.id() == old.id() ? by : v);
      entry(by).asOutput += from.asOutput;
      from.asOutput = 0;
    }
    changed = true;
  }

  /** A plain loop: a concatenation of thousands comes here for each of its operands. */
  private static List<Value> replaced(Slot s, Value old, Value by) {
    Value[] operands = s.node.operands().toArray(new Value[0]);
    for (int i = 0; i < operands.length; i++) {
      if (operands[i].id() == old.id()) {
        operands[i] = by;
      }
    }
    return List.of(operands);
  }

  void setOrigin(Slot s, Origin origin) {
    s.node = new Node(s.node.op(), s.node.operands(), s.node.results(), origin);
  }

  /** Takes out a node that nobody reads, and then whatever only it read; those nodes in order. */
  List<Slot> removeDead(Slot from) {
    List<Slot> removed = new ArrayList<>();
    Deque<Slot> candidates = new ArrayDeque<>(List.of(from));
    for (Slot s = candidates.poll(); s != null; s = candidates.poll()) {
      if (removeIfDead(s, candidates)) {
        removed.add(s);
      }
    }
    Collections.reverse(removed);
    removed.sort(Comparator.comparingInt(s -> s.order));
    return removed;
  }

  private boolean removeIfDead(Slot s, Deque<Slot> candidates) {
    if (!s.alive || s.node.results().stream().anyMatch(v -> useCount(v) > 0 || isOutput(v))) {
      return false;
    }
    s.alive = false;
    changed = true;
    Slot p = previous(s);
    p.next = s.next;
    if (s.next != null) {
      s.next.previous = p;
    }
    for (Value v : s.node.operands()) {
      Entry e = entry(v);
      e.count--;
      e.users.computeIfPresent(s, (k, n) -> n == 1 ? null : n - 1);
      if (e.producer != null) {
        candidates.add(e.producer);
      }
    }
    s.node.results().forEach(v -> entries.set(v.id(), null));
    return true;
  }

  /** The graph as it is now; the first one if nothing changed. */
  Graph build() {
    return changed
        ? new Graph(
            original.name(),
            original.inputs(),
            slots().stream().map(s -> s.node).toList(),
            outputs,
            original.outputNames())
        : original;
  }
}
