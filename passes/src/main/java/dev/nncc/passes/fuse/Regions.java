package dev.nncc.passes.fuse;

import dev.nncc.graph.Constant;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.ContractionOp;
import dev.nncc.graph.op.ElementwiseOp;
import dev.nncc.graph.op.RecurrentOp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which nodes go together. Regions grow against the flow from their last node, last regions first:
 * a node joins when all its readers have joined, so each region is closed but for its result, and a
 * node between two anchors goes to the later one, whose other operand is then not kept waiting.
 */
final class Regions {
  private final Graph graph;
  private final int maxNodes;
  private final int maxOperands;

  /** The place of the last node of the region of each node. */
  private final int[] regionOf;

  private final List<List<Node>> regions = new ArrayList<>();

  /** The place of the producer by value id; -1 for inputs. */
  private final int[] producer;

  /** The same, but for nodes that have joined a region in front of them. */
  private final int[] place;

  private final int[] readers;

  Regions(Graph graph, int maxNodes, int maxOperands) {
    this.graph = graph;
    this.maxNodes = maxNodes;
    this.maxOperands = maxOperands;
    List<Node> nodes = graph.nodes();
    producer = new int[graph.nextId()];
    readers = new int[graph.nextId()];
    Arrays.fill(producer, -1);
    for (int i = 0; i < nodes.size(); i++) {
      for (Value v : nodes.get(i).results()) {
        producer[v.id()] = i;
      }
      nodes.get(i).operands().forEach(v -> readers[v.id()]++);
    }
    graph.outputs().forEach(v -> readers[v.id()]++);
    place = producer.clone();
    regionOf = new int[nodes.size()];
    Arrays.fill(regionOf, -1);
    nodes.forEach(n -> regions.add(List.of()));
    for (int i = nodes.size() - 1; i >= 0; i--) {
      if (regionOf[i] < 0) {
        grow(i);
      }
    }
    for (int i = 0; i < nodes.size(); i++) {
      if (!regions.get(i).isEmpty()) {
        takePrologue(i);
      }
    }
  }

  /** Joins the region that makes the first operand of this one's anchor. */
  private void takePrologue(int last) {
    List<Node> members = regions.get(last);
    Optional<Node> anchor = members.stream().filter(n -> Anchors.isAnchor(n.op())).findFirst();
    int front = anchor.map(a -> producer[a.operand(0).id()]).orElse(-1);
    if (anchor.isEmpty()
        || front < 0
        || regionOf[front] != front
        || operands(members) >= maxOperands) {
      return;
    }
    List<Node> before = regions.get(front);
    if (before.size() + members.size() <= maxNodes
        && operands(before) + operands(members) <= maxOperands
        && Prologues.joins(graph, before, anchor.get())) {
      List<Node> all = new ArrayList<>(before);
      all.addAll(members);
      regions.set(last, all);
      regions.set(front, List.of());
      for (Node n : before) {
        regionOf[producer[n.result().id()]] = last;
      }
    }
  }

  private static int operands(List<Node> members) {
    return members.stream().mapToInt(n -> n.operands().size()).sum();
  }

  /** Where a value is made, in whatever region its node has joined; -1 for inputs. */
  int place(Value v) {
    return place[v.id()];
  }

  /** Notes that nodes have joined the region that ends at this place. */
  void joined(List<Node> nodes, int end) {
    nodes.forEach(n -> n.results().forEach(v -> place[v.id()] = end));
  }

  /** Whether that many nodes may be one region. */
  boolean fits(int nodes, List<Node> members) {
    return nodes <= maxNodes && operands(members) <= maxOperands;
  }

  /** The nodes, in order, of the region that a value is made in. */
  List<Node> making(Value v) {
    return regions.get(regionOf[producer[v.id()]]);
  }

  /** The nodes, in order, of the region whose last one is at this place; else empty. */
  List<Node> endingAt(int place) {
    return regions.get(place);
  }

  private void grow(int last) {
    Set<Integer> members = new TreeSet<>();
    members.add(last);
    Node end = graph.nodes().get(last);
    if (end.op() instanceof ElementwiseOp) {
      addElementwise(last, end.result().shape(), members);
    }
    for (int m : List.copyOf(members)) {
      addWidened(graph.nodes().get(m), members);
    }
    for (int m : members) {
      regionOf[m] = last;
    }
    regions.set(last, members.stream().map(graph.nodes()::get).toList());
  }

  /** Factors stored in fewer bits are widened where they are read. */
  private void addWidened(Node contraction, Set<Integer> members) {
    if (!(contraction.op() instanceof ContractionOp || contraction.op() instanceof RecurrentOp)) {
      return;
    }
    for (Value v : contraction.operands()) {
      int place = producer[v.id()];
      if (place >= 0 && readers[v.id()] == 1 && Anchors.isWidening(graph.nodes().get(place))) {
        members.add(place);
      }
    }
  }

  /** Adds elementwise nodes, then the latest anchor that only they read. */
  private void addElementwise(int last, Shape shape, Set<Integer> members) {
    TreeMap<Integer, Integer> readBy = new TreeMap<>();
    Set<Integer> operands = new LinkedHashSet<>();
    int anchor = -1;
    Integer next = last;
    while (next != null) {
      Node n = graph.nodes().get(next);
      members.add(next);
      n.results().forEach(v -> operands.remove(v.id()));
      for (Value v : n.operands()) {
        if (!isScalarConstant(v)) {
          operands.add(v.id());
        }
        if (producer[v.id()] >= 0) {
          readBy.merge(producer[v.id()], 1, Integer::sum);
        }
      }
      next = null;
      while (next == null && !readBy.isEmpty() && members.size() < maxNodes) {
        int place = readBy.lastKey();
        int count = readBy.remove(place);
        Node candidate = graph.nodes().get(place);
        if (!isClosed(place, candidate, count) || !candidate.result().shape().equals(shape)) {
          continue;
        }
        if (candidate.op() instanceof ElementwiseOp) {
          next = operands.size() + candidate.operands().size() - 1 <= maxOperands ? place : null;
        } else if (anchor < 0 && Anchors.isAnchor(candidate.op())) {
          anchor = place;
        }
      }
    }
    if (anchor >= 0) {
      members.add(anchor);
    }
  }

  private boolean isClosed(int place, Node candidate, int readInRegion) {
    return regionOf[place] < 0
        && candidate.results().size() == 1
        && readers[candidate.result().id()] == readInRegion;
  }

  private boolean isScalarConstant(Value v) {
    return producer[v.id()] >= 0
        && graph.nodes().get(producer[v.id()]).op() instanceof Constant
        && RegionBody.isScalar(v.type());
  }
}
