package dev.nncc.passes;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import java.util.List;
import java.util.stream.Collectors;

/** Hears of each application of a rule. */
public interface RewriteListener {
  RewriteListener NONE = application -> {};

  void applied(Application application);

  /**
   * One application of a rule.
   *
   * @param number counts the applications of a compilation from 1
   * @param removed the nodes that are gone, in order, the root last
   * @param added the nodes that came, in order
   * @param before the replaced values
   * @param after what stands for each of them now
   */
  record Application(
      long number,
      String rule,
      List<Node> removed,
      List<Node> added,
      List<Value> before,
      List<Value> after) {

    /** {@code 12 drop-identity-cast: %7 = Cast(%3) -> %3 [node_7]}. */
    @Override
    public String toString() {
      String origin =
          removed.stream()
              .map(n -> n.origin().toString())
              .filter(s -> !s.isEmpty())
              .distinct()
              .collect(Collectors.joining(";", " [", "]"));
      return number
          + " "
          + rule
          + ": "
          + text(removed)
          + " -> "
          + (added.isEmpty() ? values(after) : text(added))
          + (origin.length() == 3 ? "" : origin);
    }

    private static String text(List<Node> nodes) {
      return nodes.stream()
          .map(n -> values(n.results()) + " = " + n.op().name() + "(" + values(n.operands()) + ")")
          .collect(Collectors.joining("; "));
    }

    private static String values(List<Value> values) {
      return values.stream().map(v -> "%" + v.id()).collect(Collectors.joining(", "));
    }
  }
}
