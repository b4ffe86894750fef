package dev.nncc.tensor.index;

import dev.nncc.graph.DType;
import dev.nncc.tensor.index.Atoms.Key;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Bin;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Const;
import dev.nncc.tensor.ir.Expr.Var;
import dev.nncc.tensor.ir.Exprs;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * The canonical form of an i64 expression: {@code constant + sum(coefficient * atom)}. An atom is a
 * variable, or what could not be resolved: {@code x // d}, {@code x % d}, a product of variables, a
 * load, a select. Atoms are ordered by their text, so equality of two index expressions is equality
 * of their forms.
 *
 * <p>All rules hold for floored division and assume that index arithmetic does not overflow.
 */
public record Affine(long constant, Map<String, Term> terms) {
  /** {@code k * atom}. */
  public record Term(Expr atom, long k) {}

  public static Affine constant(long c) {
    return new Affine(c, Map.of());
  }

  public static Affine atom(Expr e) {
    return new Affine(0, Map.of(Key.of(e), new Term(e, 1)));
  }

  /** The form of an i64 expression under bounds of its variables. */
  public static Affine of(Expr e, Ranges r) {
    if (e instanceof Const c) {
      return constant(c.integer());
    }
    if (e instanceof Var) {
      return atom(e);
    }
    if (e instanceof Bin b && b.type() == DType.I64) {
      return ofBin(b, of(b.a(), r), of(b.b(), r), r);
    }
    Expr s = e.mapChildren(c -> Simplifier.simplify(c, r));
    Expr chosen = Simplifier.resolve(s, r);
    return chosen.equals(s) || chosen.type() != DType.I64 ? atom(chosen) : of(chosen, r);
  }

  /** Without knowledge of bounds. */
  public static Affine of(Expr e) {
    return of(e, Ranges.UNKNOWN);
  }

  private static Affine ofBin(Bin b, Affine x, Affine y, Ranges r) {
    switch (b.op()) {
      case ADD:
        return x.plus(y).recombined(r);
      case SUB:
        return x.plus(y.times(-1)).recombined(r);
      case MUL:
        if (y.isConstant()) {
          return x.times(y.constant);
        }
        if (x.isConstant()) {
          return y.times(x.constant);
        }
        return product(x, y);
      case DIV:
      case FLOORDIV:
        if (y.isConstant()
            && y.constant > 0
            && (b.op() == BinOp.FLOORDIV || x.range(r).lo() >= 0)) {
          return Division.div(x, y.constant, r);
        }
        break;
      case REM:
      case MOD:
        if (y.isConstant() && y.constant > 0 && (b.op() == BinOp.MOD || x.range(r).lo() >= 0)) {
          return Division.mod(x, y.constant, r);
        }
        break;
      case MIN:
      case MAX:
        Range d = x.plus(y.times(-1)).range(r);
        if (d.hi() <= 0) {
          return b.op() == BinOp.MIN ? x : y;
        }
        if (d.lo() >= 0) {
          return b.op() == BinOp.MIN ? y : x;
        }
        break;
      default:
        if (x.isConstant() && y.isConstant()) {
          Optional<Long> v = Simplifier.fold(b.op(), x.constant, y.constant);
          if (v.isPresent()) {
            return constant(v.get());
          }
        }
        break;
    }
    return atom(new Bin(b.op(), x.expr(), y.expr()));
  }

  /** Products of sums are kept whole unless one side is a single term: loops times dimensions. */
  private static Affine product(Affine x, Affine y) {
    if (x.terms.size() * y.terms.size() > 4) {
      return atom(Exprs.mul(x.expr(), y.expr()));
    }
    Affine sum = x.times(y.constant).plus(y.without(t -> false).constantPart(0).times(x.constant));
    for (Term s : x.terms.values()) {
      for (Term t : y.terms.values()) {
        boolean ordered = Key.of(s.atom).compareTo(Key.of(t.atom)) <= 0;
        Expr p = ordered ? Exprs.mul(s.atom, t.atom) : Exprs.mul(t.atom, s.atom);
        sum = sum.plus(atom(p).times(s.k * t.k));
      }
    }
    return sum;
  }

  public boolean isConstant() {
    return terms.isEmpty();
  }

  /** The same terms with another constant. */
  public Affine constantPart(long c) {
    return new Affine(c, terms);
  }

  public Affine plus(long c) {
    return c == 0 ? this : new Affine(constant + c, terms);
  }

  public Affine plus(Affine o) {
    if (o.terms.isEmpty()) {
      return plus(o.constant);
    }
    Map<String, Term> m = new TreeMap<>(terms);
    for (Map.Entry<String, Term> e : o.terms.entrySet()) {
      Term mine = m.get(e.getKey());
      long k = e.getValue().k + (mine == null ? 0 : mine.k);
      if (k == 0) {
        m.remove(e.getKey());
      } else {
        m.put(e.getKey(), new Term(e.getValue().atom, k));
      }
    }
    return new Affine(constant + o.constant, m);
  }

  public Affine minus(Affine o) {
    return plus(o.times(-1));
  }

  public Affine times(long k) {
    if (k == 0) {
      return constant(0);
    }
    if (k == 1) {
      return this;
    }
    Map<String, Term> m = new TreeMap<>();
    terms.forEach((n, t) -> m.put(n, new Term(t.atom, t.k * k)));
    return new Affine(constant * k, m);
  }

  /**
   * {@code k * (x % d) + k * d * (x // d) = k * x}: what a fused loop is made of. Sums of canonical
   * forms want it once, at the end.
   */
  public Affine recombined(Ranges r) {
    for (Map.Entry<String, Term> e : terms.entrySet()) {
      if (e.getValue().atom() instanceof Bin b && b.op() == BinOp.MOD && b.b() instanceof Const d) {
        Affine x = of(b.a(), r);
        Affine quotient = Division.div(x, d.integer(), r);
        long k = e.getValue().k();
        if (quotient.terms.isEmpty()) {
          continue;
        }
        // the quotient may itself be a sum: all of it must be there
        boolean whole =
            quotient.terms.entrySet().stream()
                .allMatch(q -> coefficient(q.getKey()) == q.getValue().k * k * d.integer());
        if (whole) {
          Affine rest = minus(quotient.times(k * d.integer())).without(e.getKey());
          return rest.plus(x.times(k)).recombined(r);
        }
        Optional<Affine> pair = recombinedPair(e.getKey(), k, d.integer(), r);
        if (pair.isPresent()) {
          return pair.get().recombined(r);
        }
      }
    }
    return this;
  }

  /** A quotient whose dividend has that remainder in another form. */
  private Optional<Affine> recombinedPair(String remainder, long k, long d, Ranges r) {
    Term here = terms.getOrDefault(remainder, new Term(Exprs.index(0), 0));
    Term one = new Term(here.atom, 1);
    for (Map.Entry<String, Term> e : terms.entrySet()) {
      if (e.getValue().k == k * d
          && e.getValue().atom instanceof Bin q
          && q.op() == BinOp.FLOORDIV
          && q.b().equals(Exprs.index(d))) {
        Affine z = of(q.a(), r);
        if (Division.mod(z, d, r).equals(new Affine(0, Map.of(remainder, one)))) {
          return Optional.of(without(e.getKey()).without(remainder).plus(z.times(k)));
        }
      }
    }
    return Optional.empty();
  }

  /** Interval of the value. */
  public Range range(Ranges r) {
    Range sum = new Range(constant, constant);
    for (Term t : terms.values()) {
      sum = sum.plus(Atoms.range(t.atom, r).times(t.k));
    }
    return sum;
  }

  /** Of a variable, or of another atom by its text; 0 when absent. */
  public long coefficient(String atom) {
    Term t = terms.get(atom);
    return t == null ? 0 : t.k;
  }

  public Affine without(String atom) {
    if (!terms.containsKey(atom)) {
      return this;
    }
    Map<String, Term> m = new TreeMap<>(terms);
    m.remove(atom);
    return new Affine(constant, m);
  }

  /** Without the terms whose atom satisfies the predicate. */
  public Affine without(Predicate<Expr> drop) {
    Map<String, Term> m = new TreeMap<>(terms);
    m.values().removeIf(t -> drop.test(t.atom));
    return m.size() == terms.size() ? this : new Affine(constant, m);
  }

  /** Whether the variable occurs, in whatever form. */
  public boolean mentions(String var) {
    return terms.values().stream().anyMatch(t -> Exprs.mentions(t.atom, var));
  }

  /** Whether the value is {@code coefficient(var) * var + something without var}. */
  public boolean isLinearIn(String var) {
    return terms.entrySet().stream()
        .allMatch(e -> e.getKey().equals(var) || !Exprs.mentions(e.getValue().atom, var));
  }

  /** Back to an expression: terms in the order of their text, then the constant. */
  public Expr expr() {
    if (terms.isEmpty()) {
      return Exprs.index(constant);
    }
    List<Expr> parts =
        terms.values().stream()
            .map(t -> t.k == 1 ? t.atom : Exprs.mul(t.atom, Exprs.index(t.k)))
            .toList();
    Expr e = parts.get(0);
    for (Expr p : parts.subList(1, parts.size())) {
      e = Exprs.add(e, p);
    }
    return constant == 0 ? e : Exprs.add(e, Exprs.index(constant));
  }
}
