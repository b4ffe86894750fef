package dev.nncc.graph;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * The nodes of the source model that a node stands for, kept through every rewrite so that errors
 * and reports name what the user wrote.
 */
public record Origin(List<Source> sources) {
  /** A node as the model file names it; the name may be empty. */
  public record Source(String name, String operator) {
    @Override
    public String toString() {
      return name.isEmpty() ? operator : name;
    }
  }

  public static final Origin NONE = new Origin(List.of());

  public Origin {
    sources = List.copyOf(sources);
  }

  public static Origin of(String name, String operator) {
    return new Origin(List.of(new Source(name, operator)));
  }

  public Origin and(Origin other) {
    LinkedHashSet<Source> all = new LinkedHashSet<>(sources);
    all.addAll(other.sources);
    return all.size() == sources.size() ? this : new Origin(new ArrayList<>(all));
  }

  /** The names joined by {@code ;}. */
  @Override
  public String toString() {
    return String.join(";", sources.stream().map(Source::toString).toList());
  }
}
