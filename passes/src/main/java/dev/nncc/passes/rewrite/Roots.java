package dev.nncc.passes.rewrite;

import dev.nncc.graph.Op;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import java.util.List;

/**
 * Operators that can be the root of a rule. A node is shown to a fraction of the rules only: most
 * have no business with it, and asking them all is most of the time that passes take.
 *
 * @param families classes of operators, or interfaces of several
 * @param kinds elementwise functions beside them
 */
public record Roots(List<Class<? extends Op>> families, List<ElementwiseKind> kinds) {
  /** Whatever there is. */
  public static final Roots ANY = of(Op.class);

  public Roots {
    families = List.copyOf(families);
    kinds = List.copyOf(kinds);
  }

  @SafeVarargs
  @SuppressWarnings("varargs") // only read
  public static Roots of(Class<? extends Op>... families) {
    return new Roots(List.of(families), List.of());
  }

  public static Roots of(ElementwiseKind... kinds) {
    return new Roots(List.of(), List.of(kinds));
  }

  boolean contain(Op op) {
    return op instanceof Elementwise e && kinds.contains(e.kind())
        || families.stream().anyMatch(f -> f.isInstance(op));
  }
}
