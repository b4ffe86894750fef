package dev.nncc.tensor.lower;

import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.storage.Storage;
import java.util.ArrayList;
import java.util.List;

/**
 * The loops that visit every element of a storage, also the lanes of a last block that hold no
 * element.
 *
 * @param logical the logical index that the loops stand at
 */
public record Domain(Storage storage, List<String> vars, List<Long> extents, List<Expr> logical) {
  public Domain {
    vars = List.copyOf(vars);
    extents = List.copyOf(extents);
    logical = List.copyOf(logical);
  }

  /** Loops named prefix0, prefix1, .. over the storage axes. */
  public static Domain of(Storage storage, String prefix) {
    List<Long> extents = storage.extents();
    List<String> vars = new ArrayList<>();
    List<Expr> at = new ArrayList<>();
    for (int d = 0; d < extents.size(); d++) {
      vars.add(prefix + d);
      at.add(at(prefix + d, extents.get(d)));
    }
    return new Domain(storage, vars, extents, storage.logical(at));
  }

  /** The loops around a leaf, outermost first; extents of one get no loop. */
  public Stmt nest(Stmt leaf) {
    return nest(vars, extents, leaf);
  }

  static Stmt nest(List<String> vars, List<Long> extents, Stmt leaf) {
    Stmt s = leaf;
    for (int d = vars.size() - 1; d >= 0; d--) {
      if (extents.get(d) != 1) {
        s = Stmt.For.of(vars.get(d), extents.get(d), s);
      }
    }
    return s;
  }

  /** Where a loop stands; a loop of one iteration is none. */
  static Expr at(String var, long extent) {
    return extent == 1 ? Exprs.index(0) : Exprs.var(var);
  }

  static Expr times(Expr e, long by) {
    return Exprs.mul(e, Exprs.index(by));
  }

  /** Logical axis whose index may exceed the extent, or -1. */
  public int paddedAxis() {
    return storage.hasPaddingLanes() ? storage.blockAxis() : -1;
  }
}
