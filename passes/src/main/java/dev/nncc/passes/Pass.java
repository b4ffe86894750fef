package dev.nncc.passes;

import dev.nncc.graph.Graph;

/** A step from one graph to another that computes the same outputs from the same inputs. */
public interface Pass {
  /** One word in kebab case, as in {@code --disable}, {@code --dump} and reports. */
  String name();

  /** One line: what the pass does. */
  String description();

  /** The new graph; the same object if nothing changed. */
  Graph apply(Graph graph, PassContext context);
}
