package dev.nncc.tensor.lower;

import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.For;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A factor of a product, copied so that its columns lie side by side in panels: turned over where
 * it lies along what is reduced, or in pairs ({@link PairedRows}).
 *
 * @param from as the product reads it
 * @param value what is copied for it
 * @param to local, {@code [panel][k][column]}
 */
record TurnedFactor(
    Expr.Load from, Expr value, Buffer to, String column, String depth, long columns, long panel) {
  private static final List<Long> PANELS = List.of(48L, 32L, 64L, 16L);

  /**
   * The factor that no row moves and that lies along what is reduced, across the columns.
   *
   * @param column the loop over columns around the product
   * @param depth the loop that is reduced
   */
  static Optional<TurnedFactor> of(Reduce product, For column, For depth, String row) {
    if (!product.over().equals(List.of(depth.var()))) {
      return Optional.empty();
    }
    List<Expr.Load> found = new ArrayList<>();
    product
        .next()
        .forEach(
            x ->
                x.rewrite(
                    e -> {
                      if (e instanceof Expr.Load l && isAcross(l, row, column, depth)) {
                        found.add(l);
                      }
                      return e;
                    }));
    if (found.size() != 1) {
      return Optional.empty();
    }
    Expr.Load from = found.get(0);
    return inPanels("turned", from, from, column, depth.var(), depth.trip());
  }

  /**
   * The copy of a factor, if some panels are all columns.
   *
   * @param value what is copied for an element of it
   * @param steps of the reduced loop
   */
  static Optional<TurnedFactor> inPanels(
      String name, Expr.Load from, Expr value, For column, String depth, long steps) {
    return PANELS.stream()
        .filter(w -> column.trip() % w == 0)
        .findFirst()
        .map(
            w -> {
              List<Long> shape = List.of(column.trip() / w, steps, w);
              Buffer to = Buffer.of(name, value.type(), Space.LOCAL, shape);
              return new TurnedFactor(from, value, to, column.var(), depth, column.trip(), w);
            });
  }

  private static boolean isAcross(Expr.Load l, String row, For column, For depth) {
    boolean along = false;
    boolean across = false;
    for (int a = 0; a < l.index().size(); a++) {
      Expr e = l.index().get(a);
      along |= e.equals(Exprs.var(depth.var())) && l.buffer().strides().get(a) == 1;
      across |= e.equals(Exprs.var(column.var())) && l.buffer().strides().get(a) != 1;
    }
    return along && across && l.index().stream().noneMatch(e -> Exprs.mentions(e, row));
  }

  Stmt fill() {
    Stmt store = new Stmt.Store(to, index(), value);
    return For.of(column, columns, For.of(depth, to.shape().get(1), store));
  }

  private List<Expr> index() {
    Expr n = Exprs.var(column);
    boolean one = panel == columns;
    return List.of(
        one ? Exprs.index(0) : Exprs.floorDiv(n, panel),
        Exprs.var(depth),
        one ? n : Exprs.mod(n, panel));
  }

  /** The element of the copy that stands for the one of the factor. */
  Expr copy() {
    return new Expr.Load(to, index());
  }

  Stmt used(Stmt body) {
    return body.rewriteExprs(e -> e.equals(from) ? copy() : e);
  }
}
