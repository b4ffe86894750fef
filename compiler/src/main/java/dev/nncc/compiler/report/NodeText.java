package dev.nncc.compiler.report;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.Constant;
import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.Value;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Nodes as short text for people. */
final class NodeText {
  /** Characters of a name, an attribute or a shape. */
  private static final int WORD = 48;

  private NodeText() {}

  /** One node a line, at most {@code limit} characters. */
  static String of(List<Node> nodes, int limit) {
    StringBuilder s = new StringBuilder();
    int left = nodes.size();
    for (Node n : nodes) {
      if (s.length() >= limit) {
        s.append("… and ").append(left).append(" more nodes\n");
        break;
      }
      s.append(cut(node(n), limit - s.length() + 1)).append('\n');
      left--;
    }
    return s.toString().stripTrailing();
  }

  private static String node(Node n) {
    if (n.op() instanceof Constant c) {
      return value(n.result()) + " = " + literal(c.tensor());
    }
    String attributes = attributes(n.op().attributes());
    return values(n.results())
        + " = "
        + n.op().name()
        + "("
        + values(n.operands())
        + ")"
        + (attributes.isEmpty() ? "" : " {" + attributes + "}")
        + " : "
        + n.results().stream().map(v -> type(v.type())).collect(Collectors.joining(", "));
  }

  private static String literal(Tensor t) {
    if (t.elements() != 1) {
      return "constant " + type(t.type());
    }
    String number =
        t.dtype().isFloat()
            ? String.format(Locale.ROOT, "%.6g", t.reader().number(0))
            : Long.toString(t.reader().integer(0));
    return number + " : " + type(t.type());
  }

  static String values(List<Value> values) {
    String text = values.stream().limit(12).map(NodeText::value).collect(Collectors.joining(", "));
    return values.size() > 12 ? text + ", … " + (values.size() - 12) + " more" : text;
  }

  /** The name where there is one, else the number. */
  static String value(Value v) {
    return v.name().isEmpty() ? "%" + v.id() : cut(v.name(), WORD);
  }

  static String type(TensorType t) {
    return cut(t.toString(), WORD);
  }

  static String attributes(Attributes a) {
    return a.values().entrySet().stream()
        .map(e -> e.getKey() + "=" + cut(attribute(e.getValue()), WORD))
        .collect(Collectors.joining(", "));
  }

  private static String attribute(Object o) {
    if (o instanceof DType t) {
      return t.text();
    }
    return o instanceof Collection<?> c
        ? c.stream().map(String::valueOf).collect(Collectors.joining(",", "[", "]"))
        : String.valueOf(o);
  }

  /** The source nodes of nodes, each once. */
  static String origins(List<Node> nodes, int limit) {
    Set<Origin.Source> all = new LinkedHashSet<>();
    nodes.forEach(n -> all.addAll(n.origin().sources()));
    return cut(
        all.stream().limit(40).map(Origin.Source::toString).collect(Collectors.joining(", ")),
        limit);
  }

  static String cut(String text, int limit) {
    if (text.length() <= limit) {
      return text;
    }
    int end = Math.max(1, limit - 1);
    return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + "…";
  }
}
