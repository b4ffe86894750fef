package dev.nncc.tensor.index;

import dev.nncc.tensor.index.Affine.Term;
import dev.nncc.tensor.index.Atoms.Key;
import dev.nncc.tensor.ir.Expr.Bin;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Const;
import dev.nncc.tensor.ir.Exprs;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Floored division and remainder of canonical forms by a positive constant. */
final class Division {
  /** Up to here all numbers of parts are tried, beyond only those that a coefficient suggests. */
  private static final long MOST_PARTS = 1024;

  private Division() {}

  /** {@code (d*q + rest) // d = q + rest // d}. */
  static Affine div(Affine x, long d, Ranges r) {
    if (d == 1) {
      return x;
    }
    Map<String, Term> whole = new TreeMap<>();
    Map<String, Term> rest = new TreeMap<>();
    // the same rest as in mod, so that the two recombine
    x.terms()
        .forEach(
            (n, t) -> {
              if (t.k() / d != 0) {
                whole.put(n, new Term(t.atom(), t.k() / d));
              }
              if (t.k() % d != 0) {
                rest.put(n, new Term(t.atom(), t.k() % d));
              }
            });
    Affine q = new Affine(Math.floorDiv(x.constant(), d), whole);
    return q.plus(divRest(new Affine(Math.floorMod(x.constant(), d), rest), d, r));
  }

  private static Affine divRest(Affine x, long d, Ranges r) {
    Range b = x.range(r);
    if (b.isFinite() && Math.floorDiv(b.lo(), d) == Math.floorDiv(b.hi(), d)) {
      return Affine.constant(Math.floorDiv(b.lo(), d));
    }
    Optional<Scaled> s = scaled(x, d, r);
    if (s.isPresent()) {
      // (g*big + small) // (g*e) = big // e
      return div(s.get().big, d / s.get().g, r);
    }
    for (Map.Entry<String, Term> e : x.terms().entrySet()) {
      Term t = e.getValue();
      if (t.k() == 1 && t.atom() instanceof Bin y && y.b() instanceof Const c && c.integer() > 0) {
        Affine others = x.without(e.getKey());
        if (y.op() == BinOp.FLOORDIV) {
          // (y // c + n) // d = (y + n*c) // (c*d)
          Affine inner = Affine.of(y.a(), r).plus(others.times(c.integer()));
          return div(inner, c.integer() * d, r);
        }
        boolean alone = others.isConstant() && others.constant() == 0;
        if (y.op() == BinOp.MOD && alone && c.integer() % d == 0) {
          // (y % (c*d)) // d = (y // d) % c
          return mod(div(Affine.of(y.a(), r), d, r), c.integer() / d, r);
        }
      }
    }
    return Affine.atom(Exprs.floorDiv(x.expr(), d));
  }

  /** Multiples of d drop out; {@code k * (y % m)} is {@code k * y} when d divides {@code k*m}. */
  static Affine mod(Affine x, long d, Ranges r) {
    if (d == 1) {
      return Affine.constant(0);
    }
    Affine rest = Affine.constant(Math.floorMod(x.constant(), d));
    boolean opened = false;
    for (Term t : x.terms().values()) {
      long k = t.k() % d;
      if (k == 0) {
        continue;
      }
      if (t.atom() instanceof Bin y
          && y.op() == BinOp.MOD
          && y.b() instanceof Const m
          && k * m.integer() % d == 0
          && m.integer() > 0) {
        rest = rest.plus(Affine.of(y.a(), r).times(k));
        opened = true;
      } else {
        rest = rest.plus(new Affine(0, Map.of(Key.of(t.atom()), new Term(t.atom(), k))));
      }
    }
    return opened
        ? mod(rest, d, r)
        : modRest(rest.constantPart(Math.floorMod(rest.constant(), d)), d, r);
  }

  private static Affine modRest(Affine x, long d, Ranges r) {
    Range b = x.range(r);
    if (b.isFinite() && Math.floorDiv(b.lo(), d) == Math.floorDiv(b.hi(), d)) {
      return x.plus(-d * Math.floorDiv(b.lo(), d));
    }
    Optional<Scaled> s = scaled(x, d, r);
    if (s.isPresent()) {
      // (g*big + small) % (g*e) = g * (big % e) + small
      long g = s.get().g;
      return mod(s.get().big, d / g, r).times(g).plus(s.get().small);
    }
    return Affine.atom(Exprs.mod(x.expr(), d));
  }

  /** {@code x = g*big + small}, {@code 0 <= small < g}, g a divisor of d above 1. */
  private record Scaled(long g, Affine big, Affine small) {}

  /** The largest such g. */
  private static Optional<Scaled> scaled(Affine x, long d, Ranges r) {
    if (x.terms().size() < 2 && x.constant() == 0
        || x.terms().values().stream().allMatch(t -> Math.abs(t.k()) == 1)) {
      return Optional.empty();
    }
    for (long e = 2; e <= Math.min(d / 2, MOST_PARTS); e++) {
      Optional<Scaled> s = d % e == 0 ? split(x, d / e, r) : Optional.empty();
      if (s.isPresent()) {
        return s;
      }
    }
    return x.terms().values().stream()
        .map(t -> gcd(d, Math.abs(t.k())))
        .filter(g -> g > 1 && d / g > MOST_PARTS)
        .sorted(Comparator.reverseOrder())
        .flatMap(g -> split(x, g, r).stream())
        .findFirst();
  }

  private static Optional<Scaled> split(Affine x, long g, Ranges r) {
    Map<String, Term> big = new TreeMap<>();
    Map<String, Term> small = new TreeMap<>();
    x.terms()
        .forEach(
            (n, t) -> {
              if (t.k() / g != 0) {
                big.put(n, new Term(t.atom(), t.k() / g));
              }
              if (t.k() % g != 0) {
                small.put(n, new Term(t.atom(), t.k() % g));
              }
            });
    if (big.isEmpty()) {
      return Optional.empty();
    }
    Affine s = new Affine(Math.floorMod(x.constant(), g), small);
    return s.range(r).within(0, g - 1)
        ? Optional.of(new Scaled(g, new Affine(Math.floorDiv(x.constant(), g), big), s))
        : Optional.empty();
  }

  private static long gcd(long a, long b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
