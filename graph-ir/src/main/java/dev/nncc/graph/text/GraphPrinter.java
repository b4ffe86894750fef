package dev.nncc.graph.text;

import dev.nncc.graph.Constant;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Node;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Fused;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Writes a graph as text:
 *
 * <pre>{@code
 * graph "example"
 * in %0: f32[1,3,8,8] name="image"
 * %1 = Conv(%0, #w=hash(1f0c5a2e9b7d4433): f32[4,3,3,3]) {pads=[1,1,1,1]} : f32[1,4,8,8] from="Conv":"conv1"
 * %2 = Fused(%1) : f32[1,4,8,8] {
 *   in %0: f32[1,4,8,8]
 *   %1 = Add(%0, #{0.5}: f32[]) : f32[1,4,8,8]
 *   out %1 name="sum"
 * }
 * out %2 name="y"
 * }</pre>
 *
 * Values are numbered in the order of their definition, in each body from 0. A constant with one
 * use and no origin stands at its use. {@code #name} is the constant's name; then follow its
 * elements, {@code hash(..)} of more than sixteen, or {@code seed(..)}; just {@code #name} stands
 * for the seed of that name.
 */
public final class GraphPrinter {
  private final StringBuilder out = new StringBuilder();
  private final boolean sketch;
  private final Map<String, Tensor> large = new LinkedHashMap<>();
  private int elided;

  private GraphPrinter(boolean sketch) {
    this.sketch = sketch;
  }

  /** The text from which {@link GraphParser} makes the same graph. */
  public static String print(Graph graph) {
    return print(graph, new LinkedHashMap<>());
  }

  /** The same; adds the constants that the text names by their hash. */
  static String print(Graph graph, Map<String, Tensor> large) {
    GraphPrinter p = new GraphPrinter(false);
    p.body(graph, "");
    large.putAll(p.large);
    return p.out.toString();
  }

  /**
   * The structure only, for expected text in tests: no names, origins or types of results;
   * constants that are neither short nor seeded are just numbered: {@code #0: f32[64,64]}.
   */
  public static String sketch(Graph graph) {
    GraphPrinter p = new GraphPrinter(true);
    p.body(graph, "");
    return p.out.toString();
  }

  private void body(Graph graph, String indent) {
    Map<Value, String> labels = new LinkedHashMap<>();
    if (!sketch) {
      out.append(indent).append("graph ").append(Names.quoted(graph.name())).append('\n');
    }
    for (Value v : graph.inputs()) {
      out.append(indent).append("in ").append(label(labels, v)).append(": ").append(v.type());
      names(List.of(v));
      out.append('\n');
    }
    for (Node n : graph.nodes()) {
      if (!standsAtItsUse(graph, n)) {
        out.append(indent);
        node(graph, n, labels, indent);
        out.append('\n');
      }
    }
    for (int i = 0; i < graph.outputs().size(); i++) {
      out.append(indent).append("out ").append(labels.get(graph.outputs().get(i)));
      if (!sketch) {
        out.append(" name=").append(Names.quoted(graph.outputNames().get(i)));
      }
      out.append('\n');
    }
  }

  private static String label(Map<Value, String> labels, Value v) {
    return labels.computeIfAbsent(v, x -> "%" + labels.size());
  }

  private boolean standsAtItsUse(Graph graph, Node n) {
    return n.op() instanceof Constant
        && graph.hasOneUse(n.result())
        && (sketch || n.origin().sources().isEmpty());
  }

  private void node(Graph graph, Node n, Map<Value, String> labels, String indent) {
    // The labels of the results come after those of the operands in any case.
    String results = join(n.results(), v -> label(labels, v));
    out.append(results).append(" = ");
    if (n.op() instanceof Constant c) {
      out.append(constant(n.result().name(), c.tensor()));
      origin(n.origin());
      return;
    }
    out.append(n.op().name()).append('(');
    out.append(join(n.operands(), v -> operand(graph, v, labels))).append(')');
    if (!n.op().attributes().values().isEmpty()) {
      out.append(" {").append(AttributeText.print(n.op().attributes())).append('}');
    }
    if (!sketch) {
      out.append(" : ").append(join(n.results(), v -> v.type().toString()));
    }
    names(n.results());
    origin(n.origin());
    if (n.op() instanceof Fused f) {
      out.append(" {\n");
      body(f.body(), indent + "  ");
      out.append(indent).append('}');
    }
  }

  private String operand(Graph graph, Value v, Map<Value, String> labels) {
    String label = labels.get(v);
    if (label != null) {
      return label;
    }
    Tensor t =
        graph
            .constant(v)
            .orElseThrow(() -> new IllegalStateException(v + " is used before it is defined"));
    return constant(v.name(), t);
  }

  private static <T> String join(List<T> list, Function<T, String> text) {
    return list.stream().map(text).collect(Collectors.joining(", "));
  }

  private void names(List<Value> values) {
    if (!sketch && values.stream().anyMatch(v -> !v.name().isEmpty())) {
      out.append(" name=");
      out.append(values.stream().map(v -> Names.quoted(v.name())).collect(Collectors.joining(",")));
    }
  }

  private void origin(Origin origin) {
    if (!sketch && !origin.sources().isEmpty()) {
      out.append(" from=");
      out.append(
          origin.sources().stream()
              .map(s -> Names.quoted(s.operator()) + ":" + Names.quoted(s.name()))
              .collect(Collectors.joining(",")));
    }
  }

  private String constant(String valueName, Tensor t) {
    TensorType type = t.type();
    return t.payload()
            .seed()
            .map(seed -> ConstantText.seeded(sketch, valueName, seed))
            .or(() -> ConstantText.literal(sketch, valueName, t))
            .orElseGet(
                () -> {
                  if (sketch) {
                    return "#" + elided++;
                  }
                  String hash = ConstantText.hash(t);
                  large.put(hash, t);
                  return ConstantText.named(valueName, "hash(" + hash + ")");
                })
        + ": "
        + type;
  }
}
