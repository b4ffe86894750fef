package dev.nncc.passes.simplify;

import dev.nncc.passes.rewrite.Rule;
import java.util.List;

/** All rules of {@code simplify}, in the order they are tried. */
public final class SimplifyRules {
  private SimplifyRules() {}

  public static List<Rule> all() {
    return List.of(new DropIdentity(), new MoveConstantRight());
  }
}
