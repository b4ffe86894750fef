package dev.nncc.graph.text;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.DType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Attributes as {@code pads=[1,1], mode=reflect, value=0.5}. */
final class AttributeText {
  private AttributeText() {}

  static String print(Attributes attributes) {
    return attributes.values().entrySet().stream()
        .map(e -> e.getKey() + "=" + value(e.getValue()))
        .collect(Collectors.joining(", "));
  }

  private static String value(Object v) {
    if (v instanceof DType t) {
      return t.text();
    }
    if (v instanceof String s) {
      return Names.isWord(s) && word(s) instanceof String && !Character.isDigit(s.charAt(0))
          ? s
          : Names.quoted(s);
    }
    if (v instanceof List<?> list) {
      return list.stream().map(AttributeText::value).collect(Collectors.joining(",", "[", "]"));
    }
    return v.toString();
  }

  /** After the brace, up to and with the closing one. */
  static Attributes parse(Cursor c) {
    Map<String, Object> values = new LinkedHashMap<>();
    while (!c.accept('}')) {
      if (!values.isEmpty()) {
        c.expect(',');
      }
      int at = c.position();
      String name = c.word("an attribute");
      c.expect('=');
      if (values.put(name, value(c)) != null) {
        throw c.error(at, "attribute " + name + " is there twice");
      }
    }
    return new Attributes(values);
  }

  private static Object value(Cursor c) {
    if (c.accept('[')) {
      List<Object> list = new ArrayList<>();
      while (!c.accept(']')) {
        if (!list.isEmpty()) {
          c.expect(',');
        }
        list.add(c.number());
      }
      return list;
    }
    if (c.peek() == '"') {
      return c.string();
    }
    return c.atNumber() ? c.number() : word(c.word("a value"));
  }

  private static Object word(String s) {
    return switch (s) {
      case "true" -> true;
      case "false" -> false;
      case "NaN", "Infinity" -> Double.valueOf(s);
      default -> DType.parse(s).map(t -> (Object) t).orElse(s);
    };
  }
}
