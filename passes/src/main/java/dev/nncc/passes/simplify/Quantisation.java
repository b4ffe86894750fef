package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Cast;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.passes.rewrite.RewriteContext;

/** Where numbers become whole ones: a different last bit before may be a different step after. */
final class Quantisation {
  private Quantisation() {}

  static boolean isRounded(Value v, RewriteContext context) {
    return context.users(v).stream().anyMatch(n -> rounds(n));
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
