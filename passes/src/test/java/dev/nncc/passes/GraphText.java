package dev.nncc.passes;

import dev.nncc.graph.Constant;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Fused;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** A graph as text for comparison: values numbered in order, constants in place. */
public final class GraphText {
  private final StringBuilder out = new StringBuilder();
  private final Map<Value, String> names = new LinkedHashMap<>();
  private int next;

  private GraphText() {}

  public static String of(Graph graph) {
    GraphText t = new GraphText();
    t.graph(graph, "");
    return t.out.toString();
  }

  private void graph(Graph g, String indent) {
    for (Value v : g.inputs()) {
      names.put(v, indent.isEmpty() ? v.name() : "%" + next++);
      out.append(indent).append("in ").append(names.get(v)).append(": ").append(v.type());
      out.append('\n');
    }
    for (Node n : g.nodes()) {
      if (n.op() instanceof Constant c) {
        names.put(n.result(), text(c.tensor()));
      } else {
        node(n, indent);
      }
    }
    String outputs = g.outputs().stream().map(names::get).collect(Collectors.joining(", "));
    out.append(indent).append("out ").append(outputs).append('\n');
  }

  private void node(Node n, String indent) {
    String operands = n.operands().stream().map(names::get).collect(Collectors.joining(", "));
    n.results().forEach(v -> names.put(v, "%" + next++));
    String results = n.results().stream().map(names::get).collect(Collectors.joining(", "));
    out.append(indent).append(results).append(" = ").append(n.op().name());
    out.append('(').append(operands).append(')');
    if (!n.op().attributes().values().isEmpty()) {
      out.append(' ').append(n.op().attributes().values());
    }
    out.append('\n');
    if (n.op() instanceof Fused f) {
      GraphText body = new GraphText();
      body.graph(f.body(), indent + "  ");
      out.append(body.out);
    }
  }

  private static String text(Tensor t) {
    if (t.elements() > 4) {
      return "#" + t.type();
    }
    boolean whole = !t.dtype().isFloat();
    String numbers = whole ? Arrays.toString(t.toLongs()) : Arrays.toString(t.toDoubles());
    return t.shape().rank() == 0 ? numbers.substring(1, numbers.length() - 1) : numbers;
  }
}
