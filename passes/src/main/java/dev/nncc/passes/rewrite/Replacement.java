package dev.nncc.passes.rewrite;

import dev.nncc.graph.Value;
import java.util.List;
import java.util.Optional;

/** One value for each result of a rule's root, of the same type. */
public record Replacement(List<Value> values) {
  public Replacement {
    values = List.copyOf(values);
  }

  /** For a root with one result. */
  public static Optional<Replacement> by(Value value) {
    return Optional.of(new Replacement(List.of(value)));
  }
}
