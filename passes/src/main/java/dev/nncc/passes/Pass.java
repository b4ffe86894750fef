package dev.nncc.passes;

import dev.nncc.graph.Graph;
import java.util.List;

/** A step from one graph to another that computes the same outputs from the same inputs. */
public interface Pass {
  /** One word in kebab case, as in {@code --disable}, {@code --dump} and reports. */
  String name();

  /** One line: what the pass does. */
  String description();

  /** Names of the rules that the pass applies, each of which can be disabled on its own. */
  default List<String> ruleNames() {
    return List.of();
  }

  /** The new graph; the same object if nothing changed. */
  Graph apply(Graph graph, PassContext context);
}
