package dev.nncc.tensor.placement;

import dev.nncc.graph.Constant;
import dev.nncc.graph.Graph;
import dev.nncc.graph.GraphBuilder;
import dev.nncc.graph.Node;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.tensor.lower.InputBand;
import dev.nncc.tensor.region.Region;
import dev.nncc.tensor.storage.Storage;
import dev.nncc.tensor.winograd.Winograd;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The copies a graph needs where its own storages meet the caller's: compact row-major inputs that
 * a convolution wants with a border or in blocks, and outputs that are kept in another layout,
 * twice, or not computed at all.
 */
final class Copies {
  /**
   * @param graph with the copies as Identity nodes
   * @param blocked the values in blocks, copies included
   */
  record Result(Graph graph, Set<Value> blocked) {}

  private Copies() {}

  static Result insert(Graph graph, Winograd.Choice winograd) {
    Graph in = copyInputs(graph, winograd);
    Set<Value> chosen = new LinkedHashSet<>();
    for (Node n : in.nodes()) {
      if (isInputCopy(in, n)
          && n.result().shape().rank() >= 3
          && n.result().shape().dim(1) >= Storage.BLOCK) {
        chosen.add(n.result());
      }
    }
    Set<Value> blocked = Layouts.blocked(in, chosen);
    return new Result(copyOutputs(in, blocked, winograd), blocked);
  }

  private static boolean isInputCopy(Graph g, Node n) {
    return n.op() instanceof Elementwise e
        && e.kind() == ElementwiseKind.IDENTITY
        && g.inputs().contains(n.operand(0));
  }

  /** Inputs read by windows: one copy for all of them. */
  private static Graph copyInputs(Graph graph, Winograd.Choice winograd) {
    NonNegative nonNegative = new NonNegative(graph);
    Set<Value> wanted = new LinkedHashSet<>();
    for (Node n : graph.nodes()) {
      Region r = Region.of(n);
      if (!readsBands(r)) {
        Demands.of(n, nonNegative, winograd)
            .map(Map.Entry::getKey)
            .filter(graph.inputs()::contains)
            .ifPresent(wanted::add);
      }
      if (r.anchor().isPresent() && r.requireAnchor().op() instanceof Conv) {
        Optional<Value> x = r.outerOf(r.requireAnchor().operand(0));
        x.filter(v -> graph.inputs().contains(v) && v.shape().dim(1) >= Storage.BLOCK)
            .ifPresent(wanted::add);
      }
    }
    if (wanted.isEmpty()) {
      return graph;
    }
    GraphBuilder b = new GraphBuilder(graph.name(), graph.nextId());
    graph.inputs().forEach(b::keepInput);
    Map<Value, Value> copy = new LinkedHashMap<>();
    for (Value v : graph.inputs()) {
      if (wanted.contains(v)) {
        copy.put(
            v, b.add(Origin.of(v.name(), "input"), Elementwise.of(ElementwiseKind.IDENTITY), v));
      }
    }
    for (Node n : graph.nodes()) {
      List<Value> operands = n.operands().stream().map(v -> copy.getOrDefault(v, v)).toList();
      b.keep(new Node(n.op(), operands, n.results(), n.origin()));
    }
    outputs(graph, b, Map.of());
    return b.build();
  }

  /** Convolutions of pictures bring the border into memory of their own. */
  private static boolean readsBands(Region r) {
    return r.anchor().filter(a -> a.op() instanceof Conv && InputBand.serves(a)).isPresent();
  }

  private static Graph copyOutputs(Graph graph, Set<Value> blocked, Winograd.Choice winograd) {
    Map<Value, Demands.Border> borders = Demands.all(graph, new NonNegative(graph), winograd);
    Views views = Views.of(graph, blocked);
    Set<Value> seen = new LinkedHashSet<>();
    List<Integer> copied = new ArrayList<>();
    for (int i = 0; i < graph.outputs().size(); i++) {
      Value v = graph.outputs().get(i);
      boolean own =
          graph.producer(v).filter(n -> !(n.op() instanceof Constant)).isPresent()
              && !views.isView(v);
      boolean plain = !blocked.contains(v) && !borders.containsKey(v);
      if (!own || !plain || !seen.add(v)) {
        copied.add(i);
      }
    }
    if (copied.isEmpty()) {
      return graph;
    }
    GraphBuilder b = new GraphBuilder(graph.name(), graph.nextId());
    graph.inputs().forEach(b::keepInput);
    graph.nodes().forEach(b::keep);
    Map<Integer, Value> copy = new LinkedHashMap<>();
    for (int i : copied) {
      Value v = graph.outputs().get(i);
      Origin origin = Origin.of(graph.outputNames().get(i), "output");
      copy.put(i, b.add(origin, Elementwise.of(ElementwiseKind.IDENTITY), v));
    }
    outputs(graph, b, copy);
    return b.build();
  }

  private static void outputs(Graph graph, GraphBuilder b, Map<Integer, Value> replaced) {
    for (int i = 0; i < graph.outputs().size(); i++) {
      b.output(graph.outputNames().get(i), replaced.getOrDefault(i, graph.outputs().get(i)));
    }
  }
}
