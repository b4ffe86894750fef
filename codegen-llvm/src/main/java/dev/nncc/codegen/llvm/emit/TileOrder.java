package dev.nncc.codegen.llvm.emit;

import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.Kind;
import dev.nncc.tensor.ir.Stmt.Update;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The order in which a register tile is written out. The operand that belongs to an inner expanded
 * loop stays in registers while the outer ones advance, so the shortest loop goes innermost: a tile
 * of 13 rows by 2 vectors holds 2 vectors and a broadcast this way, 13 broadcasts and a vector the
 * other way round, and no longer fits.
 */
final class TileOrder {
  private TileOrder() {}

  /**
   * The same nest with its expanded loops over accumulators sorted, the longest outermost. A loop
   * of the reduction that stands inside a loop of the tile stays there: it shares its loads.
   */
  static For best(For nest) {
    List<For> loops = new ArrayList<>();
    Stmt s = nest;
    while (s instanceof For f && f.kind() == Kind.UNROLL && f.isConstant()) {
      loops.add(f);
      s = f.body();
    }
    Optional<Update> u = leaf(s);
    if (loops.size() < 2 || u.isEmpty()) {
      return nest;
    }
    List<For> sorted = new ArrayList<>();
    List<For> run = new ArrayList<>();
    for (For f : loops) {
      if (isOfTile(u.get(), f)) {
        run.add(f);
      } else {
        sorted.addAll(longestFirst(run));
        run.clear();
        sorted.add(f);
      }
    }
    sorted.addAll(longestFirst(run));
    if (sorted.equals(loops)) {
      return nest;
    }
    Stmt body = s;
    for (int i = sorted.size() - 1; i > 0; i--) {
      body = sorted.get(i).with(body);
    }
    return sorted.get(0).with(body);
  }

  /**
   * Whether each iteration is one step of a reduction into register tiles: the same accumulators
   * again, at least half of the registers. Nothing that one step has loaded may then stay for the
   * next: taps of a window share elements, and the code generator moves loads of neighbouring
   * addresses together, but a large tile has no registers for either.
   */
  static boolean isStep(For f, int registers) {
    Stmt s = f.body();
    long tile = 1;
    while (s instanceof For t && t.kind() == Kind.UNROLL && t.isConstant()) {
      tile *= t.trip();
      s = t.body();
    }
    Stmt leaf = s instanceof For v && v.kind() == Kind.VEC ? v.body() : s;
    List<Stmt> updates = leaf instanceof Stmt.Block b ? b.statements() : List.of(leaf);
    return 2 * tile * updates.size() >= registers
        && updates.stream()
            .allMatch(
                x ->
                    x instanceof Update u
                        && isAccumulation(u)
                        && u.index().stream().noneMatch(i -> Exprs.mentions(i, f.var())));
  }

  private static Optional<Update> leaf(Stmt s) {
    Stmt x = s instanceof For v && v.kind() == Kind.VEC ? v.body() : s;
    return x instanceof Update u && isAccumulation(u) ? Optional.of(u) : Optional.empty();
  }

  private static boolean isOfTile(Update u, For f) {
    return u.index().stream().anyMatch(i -> Exprs.mentions(i, f.var()));
  }

  private static List<For> longestFirst(List<For> run) {
    List<For> l = new ArrayList<>(run);
    l.sort(Comparator.comparingLong(For::trip).reversed());
    return l;
  }

  /** Updates of registers from elsewhere: those of different elements commute. */
  private static boolean isAccumulation(Update u) {
    boolean[] ok = {u.buffer().space() == Space.REG};
    u.value()
        .rewrite(
            e -> {
              ok[0] &= !(e instanceof Expr.Load l && l.buffer().name().equals(u.buffer().name()));
              return e;
            });
    return ok[0];
  }
}
