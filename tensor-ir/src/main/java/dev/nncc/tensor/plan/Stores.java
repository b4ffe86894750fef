package dev.nncc.tensor.plan;

import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The stores that make a result in a kernel of several nests (a tile of pixels at a time), side by
 * side under the same loops.
 *
 * @param loops around them with their extents
 */
record Stores(Buffer buffer, List<Stmt.Store> stores, Map<String, Long> loops) {

  /** Empty where the stores are not of this kind, or may store an element twice. */
  static Optional<Stores> of(Stmt body, Buffer y) {
    List<Stmt.Store> stores = new ArrayList<>();
    Set<Map<String, Long>> paths = new LinkedHashSet<>();
    boolean plain = collect(body, y, new LinkedHashMap<>(), stores, paths);
    if (!plain || stores.isEmpty() || paths.size() != 1) {
      return Optional.empty();
    }
    Stores all = new Stores(y, stores, paths.iterator().next());
    return Optional.of(all).filter(Stores::storeEachOnce);
  }

  private static boolean collect(
      Stmt s,
      Buffer y,
      Map<String, Long> path,
      List<Stmt.Store> stores,
      Set<Map<String, Long>> paths) {
    if (s instanceof Stmt.For f) {
      if (!f.isConstant()) {
        return false;
      }
      Map<String, Long> inner = new LinkedHashMap<>(path);
      inner.put(f.var(), f.trip());
      return collect(f.body(), y, inner, stores, paths);
    }
    if (s instanceof Stmt.Store t && t.buffer().equals(y)) {
      stores.add(t);
      paths.add(path);
      return true;
    }
    if (s instanceof Stmt.Update u && u.buffer().equals(y)) {
      return false;
    }
    if (s instanceof Reduce r) {
      return r.outputs().stream().noneMatch(o -> o.buffer().equals(y));
    }
    boolean[] plain = {true};
    s.mapChildren(
        c -> {
          plain[0] &= collect(c, y, path, stores, paths);
          return c;
        },
        e -> e);
    return plain[0];
  }

  /**
   * Whether each dimension's index is a number in a mixed radix with the loops as digits, each loop
   * in one dimension only. The stores differ by constants in one dimension, which are its last
   * digit.
   */
  private boolean storeEachOnce() {
    Set<String> left = new LinkedHashSet<>(loops.keySet());
    left.removeIf(v -> Long.valueOf(1).equals(loops.get(v)));
    int dimensionsApart = 0;
    for (int d = 0; d < buffer.rank(); d++) {
      Affine first = Affine.of(stores.get(0).index().get(d));
      Set<Long> constants = new LinkedHashSet<>();
      for (Stmt.Store s : stores) {
        Affine a = Affine.of(s.index().get(d));
        if (!a.minus(first).isConstant()) {
          return false;
        }
        constants.add(a.constant());
      }
      if (constants.size() > 1) {
        dimensionsApart++;
        if (constants.size() != stores.size()) {
          return false;
        }
      }
      long least = constants.stream().min(Comparator.naturalOrder()).orElse(0L);
      long most = constants.stream().max(Comparator.naturalOrder()).orElse(0L);
      if (!isMixedRadix(first, most - least, left)) {
        return false;
      }
    }
    return left.isEmpty() && (stores.size() == 1 || dimensionsApart == 1);
  }

  private boolean isMixedRadix(Affine index, long lastDigit, Set<String> left) {
    List<Affine.Term> digits = new ArrayList<>(index.terms().values());
    digits.sort(Comparator.comparingLong(Affine.Term::k));
    long span = lastDigit;
    for (Affine.Term t : digits) {
      Long extent = t.atom() instanceof Expr.Var v ? loops.get(v.name()) : null;
      if (extent == null || t.k() <= span || !left.remove(((Expr.Var) t.atom()).name())) {
        return false;
      }
      span += t.k() * (extent - 1);
    }
    return true;
  }

  /** Whether each store reads of {@code x} just the element that it writes, and nobody else any. */
  boolean readOnlyWhatTheyWrite(Stmt body, Buffer x) {
    int[] reads = {0, 0};
    boolean[] same = {true};
    body.rewriteExprs(
        e -> {
          reads[0] += e instanceof Expr.Load l && l.buffer().equals(x) ? 1 : 0;
          same[0] &= !(e instanceof Expr.Load l) || !l.buffer().equals(buffer);
          return e;
        });
    for (Stmt.Store s : stores) {
      s.value()
          .rewrite(
              e -> {
                if (e instanceof Expr.Load l && l.buffer().equals(x)) {
                  reads[1]++;
                  same[0] &= l.index().equals(s.index());
                }
                return e;
              });
    }
    return same[0] && reads[0] > 0 && reads[0] == reads[1];
  }
}
