package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Cast;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.passes.rewrite.RewriteContext;
import java.util.Optional;

/** Where numbers become whole ones: a different last bit before may be a different step after. */
final class Quantisation {
  /** Nodes behind a value that are searched: bias, activation, division by the scale. */
  private static final int REACH = 4;

  private Quantisation() {}

  static boolean isRounded(Value v, RewriteContext context) {
    return context.users(v).stream().anyMatch(n -> rounds(n));
  }

  /** Whether elementwise functions that follow the value round it in the end: quantisation. */
  static boolean isQuantised(Value from, RewriteContext context) {
    Value v = from;
    for (int i = 0; i < REACH; i++) {
      if (isRounded(v, context)) {
        return true;
      }
      Optional<Node> next =
          context.users(v).stream().filter(n -> n.op() instanceof Elementwise).findFirst();
      if (next.isEmpty()) {
        return false;
      }
      v = next.get().result();
    }
    return false;
  }

  private static boolean rounds(Node n) {
    if (n.op() instanceof Elementwise e) {
      return switch (e.kind()) {
        case ROUND, FLOOR, CEIL -> true;
        default -> false;
      };
    }
    return n.op() instanceof Cast c && !c.to().isFloat();
  }
}
