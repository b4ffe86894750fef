package dev.nncc.tensor.plan;

import dev.nncc.graph.Value;
import dev.nncc.tensor.lower.Argument;
import dev.nncc.tensor.placement.Home;
import dev.nncc.tensor.placement.Placement;
import java.util.Optional;

/**
 * Memory of the arena: of a value that owns it, or of scratch by node and number.
 *
 * @param node of scratch, else -1
 * @param scratch number of scratch, else -1
 */
record Memory(Optional<Value> root, int node, int scratch) {
  static Memory of(Value root) {
    return new Memory(Optional.of(root), -1, -1);
  }

  /** What an argument of a kernel of that node lies in; empty for what is not in the arena. */
  static Optional<Memory> of(Argument a, int node, Placement placement) {
    if (a instanceof Argument.OfScratch s) {
      return Optional.of(new Memory(Optional.empty(), node, s.id()));
    }
    if (a instanceof Argument.OfValue v) {
      Value root = placement.root(v.value());
      return placement.home(root) instanceof Home.Arena ? Optional.of(of(root)) : Optional.empty();
    }
    return Optional.empty();
  }

  String name() {
    return root.map(Value::toString).orElse("scratch");
  }
}
