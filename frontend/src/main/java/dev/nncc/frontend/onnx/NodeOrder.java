package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.onnx.proto.AttributeProto;
import dev.nncc.frontend.onnx.proto.GraphProto;
import dev.nncc.frontend.onnx.proto.NodeProto;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The nodes that outputs need, producers first; nodes that are in order already stay in it. */
final class NodeOrder {
  private NodeOrder() {}

  private record Visit(int node, Iterator<String> reads) {}

  /**
   * Sorts.
   *
   * @param outputs names of the values wanted; names that no node makes are left out of account
   * @throws dev.nncc.graph.ModelException if nodes form a cycle or a name is made twice
   */
  static List<NodeProto> of(List<NodeProto> nodes, List<String> outputs) {
    Map<String, Integer> maker = new LinkedHashMap<>();
    for (int i = 0; i < nodes.size(); i++) {
      for (String out : nodes.get(i).getOutputList()) {
        require(
            out.isEmpty() || maker.put(out, i) == null,
            "%s: output '%s' is made by another node too",
            label(nodes.get(i)),
            out);
      }
    }
    boolean[] needed = needed(nodes, outputs, maker);
    // 0: not seen, 1: its producers are being visited, 2: placed.
    byte[] state = new byte[nodes.size()];
    List<NodeProto> sorted = new ArrayList<>();
    for (int i = 0; i < nodes.size(); i++) {
      if (needed[i] && state[i] == 0) {
        place(nodes, maker, state, i, sorted);
      }
    }
    return sorted;
  }

  private static boolean[] needed(
      List<NodeProto> nodes, List<String> outputs, Map<String, Integer> maker) {
    boolean[] needed = new boolean[nodes.size()];
    Deque<String> open = new ArrayDeque<>(outputs);
    while (!open.isEmpty()) {
      Integer node = maker.get(open.pop());
      if (node != null && !needed[node]) {
        needed[node] = true;
        open.addAll(reads(nodes.get(node)));
      }
    }
    return needed;
  }

  private static void place(
      List<NodeProto> nodes,
      Map<String, Integer> maker,
      byte[] state,
      int first,
      List<NodeProto> sorted) {
    Deque<Visit> open = new ArrayDeque<>();
    state[first] = 1;
    open.push(new Visit(first, reads(nodes.get(first)).iterator()));
    while (!open.isEmpty()) {
      Visit v = open.peek();
      if (!v.reads().hasNext()) {
        state[v.node()] = 2;
        sorted.add(nodes.get(v.node()));
        open.pop();
        continue;
      }
      Integer next = maker.get(v.reads().next());
      if (next == null || state[next] == 2) {
        continue;
      }
      require(state[next] == 0, "%s: the graph has a cycle", label(nodes.get(next)));
      state[next] = 1;
      open.push(new Visit(next, reads(nodes.get(next)).iterator()));
    }
  }

  /** Names that a node uses, those that its sub-graphs take from around them included. */
  static Set<String> reads(NodeProto node) {
    Set<String> names = new LinkedHashSet<>();
    collect(node, names);
    names.remove("");
    return names;
  }

  /** Depth is bounded by the nesting limit of the protobuf parser. */
  private static void collect(NodeProto node, Set<String> names) {
    names.addAll(node.getInputList());
    for (AttributeProto a : node.getAttributeList()) {
      if (a.hasG()) {
        collect(a.getG(), names);
      }
      for (GraphProto g : a.getGraphsList()) {
        collect(g, names);
      }
    }
  }

  private static void collect(GraphProto graph, Set<String> names) {
    for (NodeProto n : graph.getNodeList()) {
      collect(n, names);
    }
    // A branch may pass a value of the outer graph through.
    graph.getOutputList().forEach(o -> names.add(o.getName()));
  }

  /** How messages name a node. */
  static String label(NodeProto n) {
    if (!n.getName().isEmpty()) {
      return "node '" + n.getName() + "'";
    }
    return n.getOutputCount() > 0 ? "node of output '" + n.getOutput(0) + "'" : "node without name";
  }
}
