package dev.nncc.tensor.lower;

import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.winograd.Strassen;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Winograd's form of Strassen's product (S. Winograd, On multiplication of 2x2 matrices, 1971): 7
 * products and 15 sums of quarters.
 */
final class StrassenForm {
  private StrassenForm() {}

  /**
   * What each product reads of the left factor's quarters; {@link Strassen#WEIGHTS} is what it
   * reads of the right one's.
   *
   * @param a first row left, right, second row
   * @param named gives what is used more than once a name
   */
  static List<Expr> sums(List<Expr> a, UnaryOperator<Expr> named) {
    Expr s1 = named.apply(Exprs.add(a.get(2), a.get(3)));
    Expr s2 = named.apply(Exprs.sub(s1, a.get(0)));
    Expr s3 = Exprs.sub(a.get(0), a.get(2));
    Expr s4 = Exprs.sub(a.get(1), s2);
    return List.of(a.get(0), a.get(1), s4, a.get(3), s1, s2, s3);
  }

  /** What products make of four quarters: of the last level first, of these quarters then. */
  static List<Expr> results(List<Expr> products, Named y) {
    if (products.size() == 1) {
      return products;
    }
    int n = products.size() / Strassen.PRODUCTS;
    List<List<Expr>> p = new ArrayList<>();
    for (int f = 0; f < products.size(); f += n) {
      p.add(results(products.subList(f, f + n), y));
    }
    List<Expr> u2 = y.all(Exprs::add, p.get(0), p.get(5));
    List<Expr> u3 = y.all(Exprs::add, u2, p.get(6));
    List<Expr> u4 = y.all(Exprs::add, u2, p.get(4));
    List<Expr> all = new ArrayList<>(y.all(Exprs::add, p.get(0), p.get(1)));
    all.addAll(y.all(Exprs::add, u4, p.get(2)));
    all.addAll(y.all(Exprs::sub, u3, p.get(3)));
    all.addAll(y.all(Exprs::add, u3, p.get(4)));
    return all;
  }
}
