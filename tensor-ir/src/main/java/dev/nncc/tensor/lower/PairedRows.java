package dev.nncc.tensor.lower;

import dev.nncc.graph.DType;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Bin;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Cast;
import dev.nncc.tensor.ir.Expr.Load;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A product of bf16 whose first factor are rows that an earlier phase makes (probabilities), as a
 * sum over pairs. Steps that are half the depth apart make a pair, since the order of a sum is
 * free: the phase that makes the rows writes pairs, and those of the other factor (values) are
 * copied once, both without moving anything between the lanes of a vector.
 *
 * @param rows the rows as one number an element
 * @param pairs the same as pairs
 * @param factor the other factor, copied
 */
record PairedRows(Buffer rows, Buffer pairs, Reduce product, String depth, TurnedFactor factor) {

  /**
   * @param column the loop over columns around the product
   * @param depth the loop that is reduced
   * @param making the phase that makes the rows
   * @param row the loop over rows, which does not move the other factor
   */
  static Optional<PairedRows> of(Reduce product, For column, For depth, Stmt making, String row) {
    if (product.next().size() != 1
        || !(product.next().get(0) instanceof Bin sum)
        || sum.op() != BinOp.ADD
        || !(sum.b() instanceof Bin m)
        || m.op() != BinOp.MUL
        || depth.trip() % 2 != 0) {
      return Optional.empty();
    }
    Optional<Load> a = widened(m.a()).filter(l -> l.buffer().space() == Space.LOCAL);
    Optional<Load> b =
        widened(m.b()).filter(l -> l.index().stream().noneMatch(e -> Exprs.mentions(e, row)));
    if (a.isEmpty() || b.isEmpty() || !isPlain(a.get(), depth)) {
      return Optional.empty();
    }
    long half = depth.trip() / 2;
    Expr copied = paired(b.get(), depth.var(), half);
    Optional<TurnedFactor> factor =
        TurnedFactor.inPanels("values", b.get(), copied, column, depth.var(), half);
    Buffer rows = a.get().buffer();
    Buffer pairs = Buffer.of("pairs", DType.U32, Space.LOCAL, List.of(rows.shape().get(0), half));
    return factor
        .map(f -> new PairedRows(rows, pairs, product, depth.var(), f))
        .filter(p -> !p.written(making).equals(making));
  }

  private static Optional<Load> widened(Expr e) {
    return e instanceof Cast c && c.e() instanceof Load l && l.type() == DType.BF16
        ? Optional.of(l)
        : Optional.empty();
  }

  /** Whether it reads one step after the other of a row. */
  private static boolean isPlain(Load l, For depth) {
    return l.index().size() == 2
        && l.index().get(1).equals(Exprs.var(depth.var()))
        && l.buffer().shape().get(1) == depth.trip();
  }

  /** Of the step of that name and of the one half the depth behind it. */
  private static Expr paired(Expr value, String step, long half) {
    Expr f = value instanceof Cast c && c.type() == DType.BF16 ? c.e() : value;
    Expr x = f.type() == DType.F32 ? f : new Cast(DType.F32, f);
    Expr later = Exprs.add(Exprs.var(step), Exprs.index(half));
    return new Bin(BinOp.PAIR_BF16, x, Exprs.substitute(x, step, later));
  }

  /** The phase that makes the rows; as it was where it does something else as well. */
  Stmt written(Stmt making) {
    List<Stmt> others = new ArrayList<>();
    Stmt s =
        making.rewrite(
            x -> {
              if (x instanceof For f
                  && f.body() instanceof Store t
                  && t.buffer().equals(rows)
                  && t.index().get(1).equals(Exprs.var(f.var()))
                  && f.trip() == rows.shape().get(1)) {
                long half = pairs.shape().get(1);
                Expr value = paired(t.value(), f.var(), half);
                return For.of(f.var(), half, new Store(pairs, t.index(), value));
              }
              return x;
            });
    s.rewrite(
        x -> {
          if (x instanceof Store t && t.buffer().equals(rows)
              || x instanceof Reduce r
                  && r.outputs().stream().anyMatch(o -> o.buffer().equals(rows))) {
            others.add(x);
          }
          return x;
        });
    return others.isEmpty() ? s : making;
  }

  /** The phase with the product. */
  Stmt used(Stmt body) {
    Bin sum = (Bin) product.next().get(0);
    Load a = widened(((Bin) sum.b()).a()).orElseThrow();
    Expr dot = new Bin(BinOp.DOT_BF16, new Load(pairs, a.index()), factor.copy());
    Reduce r =
        new Reduce(
            product.over(),
            product.states(),
            List.of(new Bin(BinOp.ADD, sum.a(), dot)),
            product.combine(),
            product.lets(),
            product.outputs());
    return body.rewrite(
        s ->
            s.equals(product)
                ? r
                : s instanceof For f && f.var().equals(depth)
                    ? For.of(depth, pairs.shape().get(1), f.body())
                    : s);
  }
}
