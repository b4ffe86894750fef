package dev.nncc.compiler.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nncc.compiler.report.draw.LayeredDrawing;
import dev.nncc.graph.Constant;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Origin;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A graph as boxes and lines with their places. Constants have no box: a box that reads some lists
 * them.
 */
final class GraphData {
  private static final int MOST_NAMES = 60;
  private static final int MOST_OPERANDS = 24;
  private static final int NAME = 120;

  /** Width of a character of a box's first line, of its second. */
  private static final double TITLE = 8.2;

  private static final double SUB = 7.4;
  private static final int NARROWEST = 72;
  private static final int WIDEST = 280;

  /** What a kind of graph adds to the boxes of its nodes. */
  interface Facts {
    Kinds kind(Node n);

    String title(Node n);

    void add(Node n, ObjectNode box);

    /** How a value lies in memory; empty where that is not known yet. */
    String layout(Value v);
  }

  private final Graph graph;
  private final Facts facts;
  private final ArrayNode boxes = JsonNodeFactory.instance.arrayNode();
  private final List<Integer> widths = new ArrayList<>();
  private final Map<Value, Integer> boxOf = new LinkedHashMap<>();
  private final Map<Node, Integer> boxOfNode = new LinkedHashMap<>();
  private final List<int[]> edges = new ArrayList<>();

  private GraphData(Graph graph, Facts facts) {
    this.graph = graph;
    this.facts = facts;
  }

  /**
   * @param boxOfNode filled with the number of each node's box
   */
  static ObjectNode of(
      String title, Graph graph, Facts facts, Map<? super Node, ? super Integer> boxOfNode) {
    GraphData d = new GraphData(graph, facts);
    d.boxes();
    boxOfNode.putAll(d.boxOfNode);
    int[] widths = d.widths.stream().mapToInt(w -> w).toArray();
    LayeredDrawing drawing = LayeredDrawing.of(widths, d.edges);
    ObjectNode o = JsonNodeFactory.instance.objectNode();
    o.put("title", title).put("nodes", d.boxOfNode.size());
    o.put("width", drawing.width()).put("height", drawing.height()).put("box", LayeredDrawing.BOX);
    for (int i = 0; i < widths.length; i++) {
      ObjectNode box = (ObjectNode) d.boxes.get(i);
      box.put("x", drawing.x()[i]).put("y", drawing.y()[i]).put("w", widths[i]);
    }
    o.set("boxes", d.boxes);
    ArrayNode lines = o.putArray("lines");
    for (int i = 0; i < d.edges.size(); i++) {
      ArrayNode line = lines.addArray().add(d.edges.get(i)[0]).add(d.edges.get(i)[1]);
      for (int c : drawing.lines().get(i)) {
        line.add(c);
      }
    }
    return o;
  }

  private void boxes() {
    for (Value v : graph.inputs()) {
      ObjectNode box = box(Kinds.BOUNDARY, v.name(), "input " + NodeText.type(v.type()));
      values(box.putArray("out"), List.of(v));
      boxOf.put(v, boxes.size() - 1);
    }
    for (Node n : graph.nodes()) {
      if (!(n.op() instanceof Constant)) {
        node(n);
      }
    }
    for (int i = 0; i < graph.outputs().size(); i++) {
      Value v = graph.outputs().get(i);
      ObjectNode box =
          box(Kinds.BOUNDARY, graph.outputNames().get(i), "output " + NodeText.type(v.type()));
      values(box.putArray("in"), List.of(v));
      connect(List.of(v), boxes.size() - 1);
    }
  }

  private void node(Node n) {
    String title = facts.title(n);
    String shape = n.results().isEmpty() ? "" : shape(n.results().get(0).type());
    ObjectNode box = box(facts.kind(n), title, shape);
    int number = boxes.size() - 1;
    boxOfNode.put(n, number);
    String attributes = NodeText.attributes(n.op().attributes());
    if (!attributes.isEmpty()) {
      box.put("attributes", attributes);
    }
    List<Origin.Source> sources = n.origin().sources();
    ArrayNode from = box.putArray("from");
    sources.stream()
        .limit(MOST_NAMES)
        .forEach(
            s -> from.add(NodeText.cut(s.name(), NAME) + "  " + NodeText.cut(s.operator(), NAME)));
    if (sources.size() > MOST_NAMES) {
      from.add("… and " + (sources.size() - MOST_NAMES) + " more");
    }
    values(box.putArray("in"), n.operands());
    values(box.putArray("out"), n.results());
    facts.add(n, box);
    connect(n.operands(), number);
    n.results().forEach(v -> boxOf.put(v, number));
  }

  private ObjectNode box(Kinds kind, String title, String sub) {
    String cut = NodeText.cut(title, 60);
    int width = (int) Math.max(TITLE * cut.length(), SUB * sub.length()) + 34;
    widths.add(Math.max(NARROWEST, Math.min(WIDEST, width)));
    return boxes.addObject().put("k", kind.ordinal()).put("t", cut).put("s", sub);
  }

  /** One line from each box that makes one of the values. */
  private void connect(List<Value> values, int reader) {
    Set<Integer> from = new LinkedHashSet<>();
    for (Value v : values) {
      Integer maker = boxOf.get(v);
      if (maker != null) {
        from.add(maker);
      }
    }
    from.forEach(maker -> edges.add(new int[] {maker, reader}));
  }

  private void values(ArrayNode to, List<Value> values) {
    for (Value v : values.stream().limit(MOST_OPERANDS).toList()) {
      boolean constant = graph.constant(v).isPresent();
      String name = v.name().isEmpty() && constant ? "constant" : NodeText.value(v);
      ArrayNode row = to.addArray().add(name).add(NodeText.type(v.type()));
      String layout = constant ? "" : facts.layout(v);
      if (!layout.isEmpty()) {
        row.add(layout);
      }
    }
    if (values.size() > MOST_OPERANDS) {
      to.addArray().add("… and " + (values.size() - MOST_OPERANDS) + " more").add("");
    }
  }

  /** {@code 1×64×56×56}, with the type where it is not f32. */
  static String shape(TensorType t) {
    String s = t.shape().toString();
    String plain = s.substring(1, s.length() - 1).replace(",", "×");
    String text = plain.isEmpty() ? "scalar" : plain;
    String type = t.dtype().text();
    return NodeText.cut(type.equals("f32") ? text : type + " " + text, 40);
  }
}
