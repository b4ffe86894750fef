package dev.nncc.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One extent of a shape: a polynomial with integer coefficients over named symbols, kept in normal
 * form so that equal extents are equal objects. {@code Dim.of(64)} is the common case. Symbols
 * stand for extents that the caller binds before lowering.
 *
 * @param terms coefficient of each product of symbols; the product is written with its symbols
 *     sorted and joined by {@code *}; the empty text is the constant term; no coefficient is zero
 */
public record Dim(Map<String, Long> terms) {
  public Dim {
    terms = Collections.unmodifiableMap(new TreeMap<>(terms));
  }

  public static Dim of(long value) {
    return new Dim(value == 0 ? Map.of() : Map.of("", value));
  }

  public static Dim symbol(String name) {
    if (name.isBlank()) {
      throw new IllegalArgumentException("a symbolic dimension needs a name");
    }
    return new Dim(Map.of(name, 1L));
  }

  /** The inverse of {@link #toString}: {@code 3+2*n}. */
  public static Dim parse(String text) {
    Dim sum = of(0);
    for (String term : text.split("\\+", -1)) {
      Dim product = of(1);
      for (String factor : term.split("\\*", -1)) {
        String f = factor.strip();
        ModelException.require(!f.isEmpty(), "a dimension is written 3+2*n: %s", text);
        product = product.times(f.matches("-?[0-9]+") ? of(number(f)) : symbol(f));
      }
      sum = sum.plus(product);
    }
    return sum;
  }

  private static long number(String digits) {
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException e) {
      throw new ModelException("dimension out of range: " + digits, e);
    }
  }

  public boolean isConstant() {
    return terms.isEmpty() || (terms.size() == 1 && terms.containsKey(""));
  }

  /** The extent; throws when a symbol is left in it. */
  public long value() {
    if (!isConstant()) {
      throw new IllegalStateException("dimension " + this + " is not bound");
    }
    return terms.getOrDefault("", 0L);
  }

  public Dim plus(Dim other) {
    Map<String, Long> sum = new TreeMap<>(terms);
    other.terms.forEach((k, v) -> sum.merge(k, v, Math::addExact));
    sum.values().removeIf(v -> v == 0);
    return new Dim(sum);
  }

  public Dim times(Dim other) {
    Map<String, Long> product = new TreeMap<>();
    terms.forEach(
        (a, x) ->
            other.terms.forEach(
                (b, y) -> product.merge(join(a, b), Math.multiplyExact(x, y), Math::addExact)));
    product.values().removeIf(v -> v == 0);
    return new Dim(product);
  }

  private static String join(String a, String b) {
    List<String> symbols = new ArrayList<>();
    for (String s : (a + "*" + b).split("\\*", -1)) {
      if (!s.isEmpty()) {
        symbols.add(s);
      }
    }
    Collections.sort(symbols);
    return String.join("*", symbols);
  }

  @Override
  public String toString() {
    if (terms.isEmpty()) {
      return "0";
    }
    StringBuilder s = new StringBuilder();
    terms.forEach(
        (k, v) -> {
          s.append(s.length() == 0 ? "" : "+");
          s.append(k.isEmpty() ? Long.toString(v) : v == 1 ? k : v + "*" + k);
        });
    return s.toString();
  }
}
