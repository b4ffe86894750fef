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

/**
 * The order in which a register tile is written out. The operand that belongs to an inner expanded
 * loop stays in registers while the outer ones advance, so the shortest loop goes innermost: a tile
 * of 13 rows by 2 vectors holds 2 vectors and a broadcast this way, 13 broadcasts and a vector the
 * other way round, and no longer fits.
 */
final class TileOrder {
  private TileOrder() {}

  /** The same nest with its expanded loops over accumulators sorted, the longest outermost. */
  static For best(For nest) {
    List<For> loops = new ArrayList<>();
    Stmt s = nest;
    while (s instanceof For f && f.kind() == Kind.UNROLL && f.isConstant()) {
      loops.add(f);
      s = f.body();
    }
    Stmt leaf = s instanceof For v && v.kind() == Kind.VEC ? v.body() : s;
    if (loops.size() < 2 || !(leaf instanceof Update u) || !isAccumulation(u)) {
      return nest;
    }
    List<For> sorted = new ArrayList<>();
    List<For> tile = new ArrayList<>();
    for (For f : loops) {
      boolean ofTile = u.index().stream().anyMatch(i -> Exprs.mentions(i, f.var()));
      (ofTile ? tile : sorted).add(f);
    }
    tile.sort(Comparator.comparingLong(For::trip).reversed());
    sorted.addAll(tile);
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
   * Whether each iteration is one step of a reduction into a register tile: the same accumulators
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
    return 2 * tile >= registers
        && leaf instanceof Update u
        && isAccumulation(u)
        && u.index().stream().noneMatch(i -> Exprs.mentions(i, f.var()));
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
