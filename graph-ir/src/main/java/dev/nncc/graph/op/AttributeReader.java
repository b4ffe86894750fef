package dev.nncc.graph.op;

import dev.nncc.graph.Attributes;
import dev.nncc.graph.DType;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Reads the attributes of the text form: absent ones have defaults, unknown ones are errors. {@link
 * Writer} is the inverse and leaves defaults out.
 */
final class AttributeReader {
  private final Attributes from;
  private final Set<String> asked = new LinkedHashSet<>();

  AttributeReader(Attributes from) {
    this.from = from;
  }

  private boolean has(String name) {
    asked.add(name);
    return from.values().containsKey(name);
  }

  long integer(String name) {
    asked.add(name);
    return from.integer(name);
  }

  long integer(String name, long otherwise) {
    return has(name) ? from.integer(name) : otherwise;
  }

  int axis(String name) {
    return Math.toIntExact(integer(name));
  }

  double number(String name) {
    asked.add(name);
    return from.number(name);
  }

  double number(String name, double otherwise) {
    return has(name) ? from.number(name) : otherwise;
  }

  boolean flag(String name) {
    return has(name) && from.flag(name);
  }

  List<Long> integers(String name) {
    asked.add(name);
    return from.integers(name);
  }

  List<Integer> axes(String name) {
    return integers(name).stream().map(Math::toIntExact).toList();
  }

  List<Long> integers(String name, int size, long otherwise) {
    return has(name) ? from.integers(name) : Collections.nCopies(size, otherwise);
  }

  /** How many spatial axes a window has, by the first list that is there. */
  int spatialRank() {
    for (String name : List.of("strides", "dilations", "outputPadding", "kernel")) {
      if (from.values().containsKey(name)) {
        return from.integers(name).size();
      }
    }
    return integers("pads").size() / 2;
  }

  /** The pads at the begin, or at the end, of each of {@code n} axes. */
  List<Long> pads(int n, boolean end) {
    if (!has("pads")) {
      return Collections.nCopies(n, 0L);
    }
    List<Long> both = from.integers("pads");
    ModelException.require(both.size() == 2 * n, "pads %s of %d axes", both, n);
    return end ? both.subList(n, 2 * n) : both.subList(0, n);
  }

  List<Double> numbers(String name) {
    asked.add(name);
    return from.numbers(name);
  }

  DType dtype(String name) {
    asked.add(name);
    return from.dtype(name);
  }

  /** Constant shapes are lists of integers, others text. */
  Shape shape(String name) {
    asked.add(name);
    return from.values().get(name) instanceof String s
        ? Shape.parse(s)
        : Shape.of(from.integers(name));
  }

  <E extends Enum<E>> E choice(String name, Class<E> type) {
    asked.add(name);
    return constant(name, from.text(name), type);
  }

  <E extends Enum<E>> E choice(String name, E otherwise) {
    return has(name) ? constant(name, from.text(name), otherwise.getDeclaringClass()) : otherwise;
  }

  private static <E extends Enum<E>> E constant(String name, String text, Class<E> type) {
    for (E e : type.getEnumConstants()) {
      if (lower(e).equals(text)) {
        return e;
      }
    }
    throw new ModelException("attribute " + name + " is " + text + ", none of " + all(type));
  }

  private static <E extends Enum<E>> List<String> all(Class<E> type) {
    return java.util.Arrays.stream(type.getEnumConstants()).map(AttributeReader::lower).toList();
  }

  private static String lower(Enum<?> e) {
    return e.name().toLowerCase(Locale.ROOT);
  }

  /** Throws for attributes that nobody asked for. */
  void finish(String op) {
    for (String name : from.values().keySet()) {
      if (!asked.contains(name)) {
        throw new ModelException(op + " has no attribute " + name + ", it has " + asked);
      }
    }
  }

  /** Attributes in the order written, without those that equal their default. */
  static final class Writer {
    private final Map<String, Object> values = new LinkedHashMap<>();

    Writer put(String name, Object value) {
      Object v = value;
      if (value instanceof Integer i) {
        v = i.longValue();
      } else if (value instanceof Enum<?> e && !(value instanceof DType)) {
        v = lower(e);
      } else if (value instanceof Shape s) {
        v = s.isConstant() ? s.dims().stream().map(d -> d.value()).toList() : s.toString();
      }
      values.put(name, v);
      return this;
    }

    Writer put(String name, Object value, Object otherwise) {
      return value.equals(otherwise) ? this : put(name, value);
    }

    Writer list(String name, List<Long> value, long otherwise) {
      return value.stream().allMatch(v -> v == otherwise) ? this : put(name, value);
    }

    /** All begins, then all ends, unless all are 0. */
    Writer pads(List<Long> begin, List<Long> end) {
      List<Long> both = new ArrayList<>(begin);
      both.addAll(end);
      return list("pads", both, 0);
    }

    /** What convolutions share; the number of axes can be read from it. */
    Writer window(List<Long> strides, List<Long> begin, List<Long> end, List<Long> dilations) {
      if (strides.stream().anyMatch(v -> v != 1)) {
        put("strides", strides);
      }
      pads(begin, end).list("dilations", dilations, 1);
      return values.isEmpty() ? put("strides", strides) : this;
    }

    Writer axes(String name, List<Integer> value) {
      return put(name, value.stream().map(Integer::longValue).toList());
    }

    Attributes done() {
      return new Attributes(values);
    }
  }
}
