package dev.nncc.tensor.winograd;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * A one-dimensional minimal filtering algorithm F(m, r): m results of a filter with r taps from
 * products in {@code t} frequencies, {@code y = A ((G g) . (B d))}.
 *
 * <p>Stride 1 is Toom-Cook interpolation with {@code t = m + r - 1} points (Winograd, Arithmetic
 * Complexity of Computations, 1980; Lavin and Gray, Fast Algorithms for Convolutional Neural
 * Networks, 2016). With stride 2 the even taps act on the even samples and the odd taps on the odd
 * ones, which are two filters of stride 1; a filter of one tap is m plain products.
 *
 * @param a m rows of t: results from products
 * @param g t rows of r: frequencies of the filter
 * @param b t rows of {@code (m - 1) * stride + r}: frequencies of the samples
 */
public record ToomCook(
    int m, int r, int stride, List<List<Double>> a, List<List<Double>> g, List<List<Double>> b) {
  /**
   * The finite points by their number, in eighths; those but 0 in pairs of opposite sign. The
   * rounding errors of the products reach the results amplified by the root of {@code sum over f of
   * A[k][f]^2 |G[f]|^2 |B[f]|^2}, and these points, found by search, come close to the least sum:
   * half of that of the small integers for five points.
   */
  private static final int[][] EIGHTHS = {
    {},
    {0},
    {0, 8},
    {0, 8, -8},
    {3, -3, 10, -10},
    {0, 5, -5, 12, -12},
    {2, -2, 7, -7, 14, -14},
    {0, 4, -4, 8, -8, 16, -16},
    {3, -3, 5, -5, 9, -9, 19, -19},
    {0, 3, -3, 6, -6, 10, -10, 18, -18}
  };

  /** The largest number of frequencies that there are points for. */
  static final int MOST = EIGHTHS.length;

  /** A run of frequencies, {@code first} to {@code first + count - 1}. */
  public record Run(int first, int count) {}

  public static ToomCook of(int m, int r, int stride) {
    if (r == 1) {
      return plain(m);
    }
    if (stride == 1) {
      return interpolation(m, r);
    }
    if (stride != 2) {
      throw new IllegalArgumentException("stride " + stride);
    }
    ToomCook even = of(m, (r + 1) / 2, 1);
    ToomCook odd = of(m, r / 2, 1);
    List<List<Double>> a = new ArrayList<>();
    for (int k = 0; k < m; k++) {
      List<Double> row = new ArrayList<>(even.a.get(k));
      row.addAll(odd.a.get(k));
      a.add(row);
    }
    List<List<Double>> g = new ArrayList<>(every(2, 0, r, even.g));
    g.addAll(every(2, 1, r, odd.g));
    int samples = (m - 1) * 2 + r;
    List<List<Double>> b = new ArrayList<>(every(2, 0, samples, even.b));
    b.addAll(every(2, 1, samples, odd.b));
    return new ToomCook(m, r, stride, a, g, b);
  }

  /** One tap: a product for each result. */
  private static ToomCook plain(int m) {
    List<List<Double>> unit = new ArrayList<>();
    for (int i = 0; i < m; i++) {
      List<Double> row = new ArrayList<>(Collections.nCopies(m, 0.0));
      row.set(i, 1.0);
      unit.add(row);
    }
    return new ToomCook(m, 1, 1, unit, Collections.nCopies(m, List.of(1.0)), unit);
  }

  private static ToomCook interpolation(int m, int r) {
    int t = m + r - 1;
    if (t > MOST) {
      throw new IllegalArgumentException("F(" + m + ", " + r + ") needs " + t + " points");
    }
    List<Fraction> points = Arrays.stream(EIGHTHS[t - 1]).mapToObj(n -> Fraction.of(n, 8)).toList();
    List<List<Double>> a = new ArrayList<>();
    for (int k = 0; k < m; k++) {
      List<Double> row = new ArrayList<>();
      for (Fraction x : points) {
        row.add(power(x, k).value());
      }
      row.add(k == m - 1 ? 1.0 : 0.0);
      a.add(row);
    }
    List<List<Double>> g = new ArrayList<>();
    List<List<Double>> b = new ArrayList<>();
    for (Fraction x : points) {
      List<Fraction> others = points.stream().filter(y -> !y.equals(x)).toList();
      Fraction f = Fraction.ONE;
      for (Fraction y : others) {
        f = f.times(x.minus(y));
      }
      List<Fraction> p = new ArrayList<>(polynomial(others));
      p.add(Fraction.ZERO);
      b.add(p.stream().map(Fraction::value).toList());
      List<Double> row = new ArrayList<>();
      for (int k = 0; k < r; k++) {
        row.add(power(x, k).over(f).value());
      }
      g.add(row);
    }
    b.add(polynomial(points).stream().map(Fraction::value).toList());
    List<Double> infinity = new ArrayList<>(Collections.nCopies(r - 1, 0.0));
    infinity.add(1.0);
    g.add(infinity);
    return new ToomCook(m, r, 1, a, g, b);
  }

  private static Fraction power(Fraction x, int k) {
    Fraction p = Fraction.ONE;
    for (int i = 0; i < k; i++) {
      p = p.times(x);
    }
    return p;
  }

  /** The coefficients of the product of (z - root), lowest power first. */
  private static List<Fraction> polynomial(List<Fraction> roots) {
    List<Fraction> p = List.of(Fraction.ONE);
    for (Fraction z : roots) {
      List<Fraction> next = new ArrayList<>();
      for (int k = 0; k <= p.size(); k++) {
        Fraction up = k > 0 ? p.get(k - 1) : Fraction.ZERO;
        Fraction here = k < p.size() ? p.get(k) : Fraction.ZERO;
        next.add(up.minus(z.times(here)));
      }
      p = next;
    }
    return p;
  }

  /** Rows with their elements moved to {@code start, start + step, ..} of {@code length}. */
  private static List<List<Double>> every(
      int step, int start, int length, List<List<Double>> rows) {
    List<List<Double>> out = new ArrayList<>();
    for (List<Double> row : rows) {
      List<Double> wide = new ArrayList<>(Collections.nCopies(length, 0.0));
      for (int i = 0; i < row.size(); i++) {
        wide.set(start + i * step, row.get(i));
      }
      out.add(wide);
    }
    return out;
  }

  /**
   * The same with filters that take fewer operations: the first coefficient of each becomes one,
   * and what it was is a factor of the samples.
   */
  public ToomCook withSimpleFilters() {
    List<List<Double>> filters = new ArrayList<>();
    List<List<Double>> samples = new ArrayList<>();
    for (int f = 0; f < g.size(); f++) {
      double by = g.get(f).stream().filter(c -> c != 0).findFirst().orElse(1.0);
      filters.add(g.get(f).stream().map(c -> c / by).toList());
      samples.add(b.get(f).stream().map(c -> c * by).toList());
    }
    return new ToomCook(m, r, stride, a, filters, samples);
  }

  /** Frequencies. */
  public int frequencies() {
    return b.size();
  }

  /** Samples that one tile reads. */
  public int samples() {
    return (m - 1) * stride + r;
  }

  /**
   * The frequencies in runs: the first has filters of its own, one for each frequency; another
   * shares one filter, the one after those of the run before.
   */
  public List<Run> runs() {
    int own = 0;
    while (own < g.size() && g.indexOf(g.get(own)) == own) {
      own++;
    }
    boolean shared = own > 0 && own < g.size();
    // The first of the shared frequencies looks new.
    int first = shared ? g.indexOf(g.get(own)) : own;
    List<Run> runs = new ArrayList<>();
    if (first > 0) {
      runs.add(new Run(0, first));
    }
    if (first < g.size()) {
      runs.add(new Run(first, g.size() - first));
    }
    return runs;
  }

  /** The filters of the frequencies, those that are shared once. */
  public List<List<Double>> filters() {
    return g.stream().distinct().toList();
  }
}
