package dev.nncc.tensor.schedule;

import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.index.Range;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Bin;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Const;
import dev.nncc.tensor.ir.Exprs;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whether the indices of some accesses tell the iterations of a loop apart: by the loop variable
 * itself in some dimension, or by all digits of it ({@code v // E} and {@code v % E}: a fused
 * loop).
 */
final class Separation {
  /** How many times a fused loop may have been fused. */
  private static final int DIGITS = 4;

  private final Deps deps;
  private final String v;

  /** By access, what is at most 0 there. */
  private final List<List<Affine>> notAbove;

  /** By dimension, then by access; a dimension that is not understood is left out. */
  private final List<List<Affine>> dimensions = new ArrayList<>();

  Separation(Deps deps, List<Deps.Access> accesses, String v) {
    this.deps = deps;
    this.v = v;
    notAbove = accesses.stream().map(Deps.Access::notAbove).toList();
    for (int d = 0; d < accesses.get(0).index().size(); d++) {
      List<Affine> column = new ArrayList<>();
      for (Deps.Access a : accesses) {
        deps.index(a, d).ifPresent(column::add);
      }
      if (column.size() == accesses.size()) {
        dimensions.add(column);
      }
    }
    if (dimensions.size() > 1 && dimensions.size() == accesses.get(0).index().size()) {
      dimensions.add(linear(accesses.get(0).buffer()));
    }
  }

  /**
   * The row-major number of each index: as good as the index, since all are within the buffer. A
   * fused loop that was split again shows in no single dimension, but here.
   */
  private List<Affine> linear(Buffer b) {
    List<Affine> all = new ArrayList<>();
    for (int a = 0; a < dimensions.get(0).size(); a++) {
      Affine sum = Affine.constant(0);
      for (int d = 0; d < b.rank(); d++) {
        long extent = b.lo().get(d) + b.shape().get(d) + b.hi().get(d);
        sum = sum.times(extent).plus(dimensions.get(d).get(a));
      }
      all.add(Affine.of(sum.expr(), deps.ranges()));
    }
    return all;
  }

  boolean holds() {
    Expr x = Exprs.var(v);
    return separates(x) || byDigits(x, divisors(), DIGITS);
  }

  private Set<Long> divisors() {
    Set<Long> all = new TreeSet<>();
    for (List<Affine> column : dimensions) {
      for (Affine i : column) {
        for (Affine.Term t : i.terms().values()) {
          if (t.atom() instanceof Bin b
              && (b.op() == BinOp.FLOORDIV || b.op() == BinOp.MOD)
              && b.b() instanceof Const c
              && Exprs.mentions(b.a(), v)) {
            all.add(c.integer());
          }
        }
      }
    }
    return all;
  }

  private boolean byDigits(Expr x, Set<Long> divisors, int depth) {
    for (long e : divisors) {
      Expr q = Affine.of(Exprs.floorDiv(x, e), deps.ranges()).expr();
      Expr m = Affine.of(Exprs.mod(x, e), deps.ranges()).expr();
      if (q.equals(x) || m.equals(x) || q instanceof Const || m instanceof Const) {
        continue;
      }
      if (separated(q, divisors, depth) && separated(m, divisors, depth)) {
        return true;
      }
    }
    return false;
  }

  private boolean separated(Expr x, Set<Long> divisors, int depth) {
    return separates(x) || depth > 0 && byDigits(x, divisors, depth - 1);
  }

  private boolean separates(Expr atom) {
    return dimensions.stream().anyMatch(column -> separates(column, atom));
  }

  /**
   * True when the dimension, read as a mixed-radix number, has a digit of its own for the atom: in
   * all accesses {@code index = (same part of what is fixed) + big + k * atom + small}, where
   * {@code 0 <= small < k}, big is a multiple of G (an outer digit, or a half that an access begins
   * at) and {@code k * atom + small < G}.
   */
  private boolean separates(List<Affine> column, Expr atom) {
    String key = Affine.atom(atom).terms().keySet().iterator().next();
    long k = column.get(0).coefficient(key);
    if (k < 0) {
      column = column.stream().map(i -> i.times(-1)).toList();
      k = -k;
    }
    if (k == 0) {
      return false;
    }
    Optional<Affine> outside = Optional.empty();
    long g = 0;
    long top = 0;
    // what all have in common moves nothing
    long base = column.stream().mapToLong(Affine::constant).min().orElse(0);
    for (int a = 0; a < column.size(); a++) {
      Affine i = column.get(a);
      if (i.coefficient(key) != k) {
        return false;
      }
      Affine small = Affine.constant(Math.floorMod(i.constant() - base, k));
      Affine out = Affine.constant(base);
      g = gcd(g, i.constant() - small.constant() - base);
      for (Map.Entry<String, Affine.Term> e : i.without(key).terms().entrySet()) {
        Affine.Term t = e.getValue();
        Affine term = new Affine(0, Map.of(e.getKey(), t));
        // another digit of v counts as free: the conclusion then holds all the more
        if (deps.isFixed(t.atom()) && !Exprs.mentions(t.atom(), v)) {
          out = out.plus(term);
        } else if (Math.abs(t.k()) > k) {
          g = gcd(g, Math.abs(t.k()));
        } else {
          small = small.plus(term);
        }
      }
      Range r = small.range(deps.ranges());
      Affine digit = Affine.atom(atom).times(k);
      if (!out.equals(outside.orElse(out)) || !r.within(0, k - 1)) {
        return false;
      }
      outside = Optional.of(out);
      boolean negative = digit.range(deps.ranges()).lo() < 0;
      top =
          Math.max(
              top,
              negative
                  ? Range.INFINITE
                  : Facts.upper(digit.plus(small), deps.ranges(), notAbove.get(a)));
    }
    return g == 0 || top < g;
  }

  private static long gcd(long a, long b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
