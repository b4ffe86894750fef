package dev.nncc.codegen.llvm.emit;

import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Stmt;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What statements write. */
final class Writes {
  record Target(Buffer buffer, List<Expr> index) {}

  private Writes() {}

  static Optional<Target> target(Stmt s) {
    if (s instanceof Stmt.Store x) {
      return Optional.of(new Target(x.buffer(), x.index()));
    }
    if (s instanceof Stmt.Update x) {
      return Optional.of(new Target(x.buffer(), x.index()));
    }
    return Optional.empty();
  }

  /** Names of all buffers written below. */
  static Set<String> of(Stmt s) {
    Set<String> names = new LinkedHashSet<>();
    collect(s, names);
    return names;
  }

  private static void collect(Stmt s, Set<String> names) {
    target(s).ifPresent(t -> names.add(t.buffer().name()));
    s.mapChildren(
        c -> {
          collect(c, names);
          return c;
        },
        e -> e);
  }
}
