package dev.nncc.passes.simplify;

import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.op.Cast;
import dev.nncc.passes.Exactness;
import dev.nncc.passes.rewrite.Replacement;
import dev.nncc.passes.rewrite.RewriteContext;
import dev.nncc.passes.rewrite.Roots;
import dev.nncc.passes.rewrite.Rule;
import java.util.Optional;

/** {@code Cast(Cast(x)) -> Cast(x)} where the type between holds every value of the first. */
public record MergeCasts() implements Rule {
  @Override
  public Exactness exactness() {
    return Exactness.EXACT;
  }

  @Override
  public Roots roots() {
    return Roots.of(Cast.class);
  }

  @Override
  public Optional<Replacement> apply(Node root, RewriteContext context) {
    if (!(root.op() instanceof Cast)) {
      return Optional.empty();
    }
    return context
        .producer(root.operand(0), Cast.class)
        .filter(n -> holds(((Cast) n.op()).to(), n.operand(0).dtype()))
        .flatMap(n -> Replacement.by(context.add(root.op(), n.operand(0))));
  }

  private static boolean holds(DType wide, DType narrow) {
    if (wide == narrow || narrow == DType.BOOL) {
      return true;
    }
    return switch (narrow) {
      case F16, BF16 -> wide == DType.F32 || wide == DType.F64;
      case F32 -> wide == DType.F64;
      case I8, I16, I32 -> wide.isInteger() && wide.isSigned() && wide.bytes() > narrow.bytes();
      case U8, U16, U32 -> wide.isInteger() && wide.bytes() > narrow.bytes();
      default -> false;
    };
  }
}
