package dev.nncc.graph;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Named attributes of an operator in a fixed order. Values are Long, Double, Boolean, String,
 * DType, or lists of Long or Double, so that they print and parse.
 */
public record Attributes(Map<String, Object> values) {
  public static final Attributes NONE = new Attributes(Map.of());

  public Attributes {
    values = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /** {@code Attributes.of("axis", 1L, "keep", true)}. */
  public static Attributes of(Object... namesAndValues) {
    Map<String, Object> m = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      Object v = namesAndValues[i + 1];
      m.put((String) namesAndValues[i], v instanceof Integer n ? Long.valueOf(n) : v);
    }
    return new Attributes(m);
  }

  public long integer(String name) {
    return get(name, Long.class);
  }

  public int axis(String name) {
    return Math.toIntExact(integer(name));
  }

  public double number(String name) {
    Object v = get(name, Object.class);
    if (v instanceof Number n) {
      return n.doubleValue();
    }
    throw new ModelException("attribute " + name + " is not a number: " + v);
  }

  public boolean flag(String name) {
    return get(name, Boolean.class);
  }

  public String text(String name) {
    return get(name, String.class);
  }

  public DType dtype(String name) {
    return get(name, DType.class);
  }

  public List<Long> integers(String name) {
    List<Long> out = new ArrayList<>();
    for (Object o : get(name, List.class)) {
      if (!(o instanceof Number n)) {
        throw new ModelException("attribute " + name + " is not a list of integers");
      }
      out.add(n.longValue());
    }
    return List.copyOf(out);
  }

  public List<Double> numbers(String name) {
    List<Double> out = new ArrayList<>();
    for (Object o : get(name, List.class)) {
      if (!(o instanceof Number n)) {
        throw new ModelException("attribute " + name + " is not a list of numbers");
      }
      out.add(n.doubleValue());
    }
    return List.copyOf(out);
  }

  private <T> T get(String name, Class<T> type) {
    Object v = values.get(name);
    if (v == null || !type.isInstance(v)) {
      throw new ModelException(
          "attribute " + name + " is missing or is no " + type.getSimpleName());
    }
    return type.cast(v);
  }
}
