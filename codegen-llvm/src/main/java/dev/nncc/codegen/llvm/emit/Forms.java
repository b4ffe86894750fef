package dev.nncc.codegen.llvm.emit;

import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.index.Affine.Term;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Var;
import dev.nncc.tensor.ir.Exprs;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Canonical forms of index expressions, computed once for all copies of an expanded loop: the
 * variable is kept as a term and replaced by its number at each copy. Valid while the loops, their
 * bounds and the lets around stay the same.
 */
final class Forms {
  /** Terms of expanded variables apart from the rest, whose map is one object for all copies. */
  private record Form(Affine whole, Map<String, Long> expanded, Map<String, Term> rest) {}

  private final Map<String, Long> unrolled;
  private final Map<Object, Optional<Form>> forms = new IdentityHashMap<>();
  private final Map<Object, Optional<Form>> formsOfOneLane = new IdentityHashMap<>();
  private final Map<String, Forms> positions = new LinkedHashMap<>();

  Forms(Map<String, Long> unrolled) {
    this.unrolled = unrolled;
  }

  void clear() {
    forms.clear();
    formsOfOneLane.clear();
    positions.clear();
  }

  /** Forms of positions in a buffer: buffers that lie differently may share a list of indices. */
  Forms in(String buffer) {
    return positions.computeIfAbsent(buffer, b -> new Forms(unrolled));
  }

  /**
   * The form at this copy.
   *
   * @param key the object that the form is of, by identity
   * @param general the form with the expanded variables as terms
   * @param exact the form at this copy, for expressions in which a variable is not a plain term
   */
  Affine of(Object key, boolean oneLane, Supplier<Affine> general, Supplier<Affine> exact) {
    Map<Object, Optional<Form>> cache = oneLane ? formsOfOneLane : forms;
    Optional<Form> known = cache.get(key);
    if (known == null) {
      known = split(general.get());
      cache.put(key, known);
    }
    if (known.isEmpty()) {
      return exact.get();
    }
    Form f = known.get();
    if (f.expanded.isEmpty()) {
      return f.whole;
    }
    long c = f.whole.constant();
    for (Map.Entry<String, Long> e : f.expanded.entrySet()) {
      Long at = unrolled.get(e.getKey());
      if (at == null) {
        return exact.get();
      }
      c += e.getValue() * at;
    }
    return new Affine(c, f.rest);
  }

  private Optional<Form> split(Affine a) {
    Map<String, Long> expanded = new LinkedHashMap<>();
    Map<String, Term> rest = new TreeMap<>();
    for (Map.Entry<String, Term> e : a.terms().entrySet()) {
      Expr atom = e.getValue().atom();
      if (atom instanceof Var v && unrolled.containsKey(v.name())) {
        expanded.put(v.name(), e.getValue().k());
      } else if (mentionsExpanded(atom)) {
        return Optional.empty();
      } else {
        rest.put(e.getKey(), e.getValue());
      }
    }
    return Optional.of(new Form(a, expanded, rest));
  }

  private boolean mentionsExpanded(Expr e) {
    return !(e instanceof Var) && unrolled.keySet().stream().anyMatch(v -> Exprs.mentions(e, v));
  }
}
