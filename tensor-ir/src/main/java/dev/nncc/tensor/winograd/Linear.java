package dev.nncc.tensor.winograd;

import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Straight code for the product of a fixed small matrix with a vector of expressions. Rows that
 * differ in signs only, as those of the points x and -x do, share what is even and what is odd in
 * them, and so do columns.
 *
 * @param lets named intermediate values, in order
 * @param values one expression a row
 */
public record Linear(List<Reduce.Binding> lets, List<Expr> values) {
  /**
   * @param prefix of the names
   */
  public static Linear of(List<List<Double>> matrix, List<Expr> vector, String prefix) {
    return new Code(matrix, vector, prefix).run();
  }

  /** The statement under the named values. */
  public Stmt around(Stmt s) {
    Stmt all = s;
    for (int i = lets.size() - 1; i >= 0; i--) {
      all = new Stmt.Let(lets.get(i).name(), lets.get(i).value(), all);
    }
    return all;
  }

  /** The values as expressions of the vector alone. */
  public List<Expr> inlined() {
    List<Expr> all = values;
    for (int i = lets.size() - 1; i >= 0; i--) {
      Reduce.Binding let = lets.get(i);
      all = all.stream().map(e -> Exprs.substitute(e, let.name(), let.value())).toList();
    }
    return all;
  }

  private static final class Code {
    private final List<List<Double>> rows = new ArrayList<>();
    private final List<Expr> terms;
    private final String prefix;
    private final List<Reduce.Binding> lets = new ArrayList<>();

    Code(List<List<Double>> matrix, List<Expr> vector, String prefix) {
      matrix.forEach(r -> rows.add(new ArrayList<>(r)));
      terms = new ArrayList<>();
      this.prefix = prefix;
      for (Expr e : vector) {
        terms.add(named(e));
      }
    }

    private Expr named(Expr e) {
      if (e instanceof Expr.Var) {
        return e;
      }
      String name = prefix + lets.size();
      lets.add(new Reduce.Binding(name, e));
      return new Expr.Var(name, e.type());
    }

    Linear run() {
      pairColumns();
      List<Optional<Expr>> out = new ArrayList<>();
      rows.forEach(r -> out.add(Optional.empty()));
      for (int i = 0; i < rows.size(); i++) {
        if (out.get(i).isEmpty()) {
          int partner = partner(i, out);
          if (partner < 0) {
            out.set(i, Optional.of(named(dot(rows.get(i)))));
          } else {
            Expr even = named(dot(part(i, partner, true)));
            // Its factor costs nothing in the sums, which are multiply-adds then.
            List<Double> part = part(i, partner, false);
            double c = part.stream().filter(v -> v != 0).findFirst().orElse(1.0);
            Expr one = named(dot(part.stream().map(v -> v / c).toList()));
            Expr odd = c == 1 ? one : Exprs.mul(one, Exprs.number(one.type(), c));
            out.set(i, Optional.of(named(Exprs.add(even, odd))));
            out.set(partner, Optional.of(named(Exprs.sub(even, odd))));
          }
        }
      }
      return new Linear(lets, out.stream().map(Optional::orElseThrow).toList());
    }

    /** Two columns that agree up to signs become their sum and their difference. */
    private void pairColumns() {
      int n = terms.size();
      boolean[] taken = new boolean[n];
      for (int i = 0; i < n; i++) {
        for (int j = i + 1; j < n && !taken[i]; j++) {
          if (!taken[j] && pairs(i, j)) {
            taken[i] = true;
            taken[j] = true;
            Expr sum = named(Exprs.add(terms.get(i), terms.get(j)));
            Expr difference = named(Exprs.sub(terms.get(i), terms.get(j)));
            terms.add(sum);
            terms.add(difference);
            for (List<Double> r : rows) {
              double c = r.get(i);
              boolean same = c == r.get(j);
              r.add(same ? c : 0.0);
              r.add(same ? 0.0 : c);
              r.set(i, 0.0);
              r.set(j, 0.0);
            }
          }
        }
      }
    }

    private boolean pairs(int i, int j) {
      boolean sum = false;
      boolean difference = false;
      for (List<Double> r : rows) {
        if (Math.abs(r.get(i)) != Math.abs(r.get(j))) {
          return false;
        }
        sum |= r.get(i) != 0 && r.get(i).equals(r.get(j));
        difference |= r.get(i) != 0 && !r.get(i).equals(r.get(j));
      }
      return sum && difference;
    }

    /** A later row that differs from row i in signs only, in a way that saves something; or -1. */
    private int partner(int i, List<Optional<Expr>> done) {
      for (int j = i + 1; j < rows.size(); j++) {
        if (done.get(j).isPresent() || !agree(rows.get(i), rows.get(j))) {
          continue;
        }
        long even = count(part(i, j, true));
        long odd = count(part(i, j, false));
        if (even > 0 && odd > 0 && even + odd > 2) {
          return j;
        }
      }
      return -1;
    }

    private static boolean agree(List<Double> p, List<Double> q) {
      for (int k = 0; k < p.size(); k++) {
        if (Math.abs(p.get(k)) != Math.abs(q.get(k))) {
          return false;
        }
      }
      return true;
    }

    private List<Double> part(int i, int j, boolean even) {
      List<Double> out = new ArrayList<>();
      for (int k = 0; k < rows.get(i).size(); k++) {
        double c = rows.get(i).get(k);
        out.add(rows.get(j).get(k) == c == even ? c : 0.0);
      }
      return out;
    }

    private static long count(List<Double> row) {
      return row.stream().filter(c -> c != 0).count();
    }

    /** Factors of one first: they need no multiplication to start from. */
    private Expr dot(List<Double> row) {
      List<Integer> order = new ArrayList<>();
      for (int pass = 0; pass < 3; pass++) {
        for (int k = 0; k < row.size(); k++) {
          double c = row.get(k);
          if (c != 0 && pass == (c == 1 ? 0 : c == -1 ? 1 : 2)) {
            order.add(k);
          }
        }
      }
      Optional<Expr> sum = Optional.empty();
      for (int k : order) {
        double c = row.get(k);
        Expr v = terms.get(k);
        Expr by = Exprs.number(v.type(), c);
        if (sum.isEmpty()) {
          sum = Optional.of(c == 1 ? v : Exprs.mul(v, by));
        } else {
          Expr s = sum.get();
          sum =
              Optional.of(
                  c == 1
                      ? Exprs.add(s, v)
                      : c == -1 ? Exprs.sub(s, v) : Exprs.add(s, Exprs.mul(v, by)));
        }
      }
      return sum.orElseThrow(() -> new IllegalArgumentException("a row of zeros"));
    }
  }
}
