package dev.nncc.passes.rewrite;

import dev.nncc.graph.Node;
import dev.nncc.passes.Exactness;
import java.util.Optional;

/**
 * One rewrite: a guard and a replacement for the results of one node, its root. A record; what it
 * needs beside the graph are its components. It pays always: no rule adds work.
 */
public interface Rule {
  /** The class name in kebab case: the word of {@code --disable} and {@code --trace-rules}. */
  default String name() {
    String text = getClass().getSimpleName();
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isUpperCase(c) && i > 0 && !Character.isUpperCase(text.charAt(i - 1))) {
        name.append('-');
      }
      name.append(Character.toLowerCase(c));
    }
    return name.toString();
  }

  Exactness exactness();

  /** The operators that can be its root; it is not shown others. */
  default Roots roots() {
    return Roots.ANY;
  }

  /**
   * What replaces the results of {@code root}; empty if the rule does not fit there. Operands of
   * new nodes are values that come before the root. Nodes that nobody reads any more go by
   * themselves, and their origins pass over to the new nodes.
   */
  Optional<Replacement> apply(Node root, RewriteContext context);
}
