package dev.nncc.codegen.llvm.emit;

import dev.nncc.codegen.llvm.emit.Code.Scope;
import dev.nncc.graph.DType;
import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.index.Range;
import dev.nncc.tensor.index.Ranges;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Load;
import dev.nncc.tensor.ir.Expr.Var;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What names mean at the current point of the kernel. */
final class Env {
  private final Kernel kernel;

  /** Expanded loops' variables, and trip counts of one. */
  final Map<String, Long> unrolled = new LinkedHashMap<>();

  /** Lets of index expressions without loads: they take part in address arithmetic. */
  final Map<String, Expr> indexLets = new LinkedHashMap<>();

  /** What other lets stand for, to look up bounds. */
  final Map<String, Expr> lets = new LinkedHashMap<>();

  /** Loop variables, dimensions and lets. */
  final Map<String, Val> values = new LinkedHashMap<>();

  /** Loops that exist in the text, by variable. */
  final Map<String, Scope> homes = new LinkedHashMap<>();

  final Map<String, Range> bounds = new LinkedHashMap<>();
  final Deque<String> path = new ArrayDeque<>();

  /** The vector loop around the current point; empty when there is none. */
  String vecVar = "";

  int lanes = 1;

  /** The lanes that exist inside a condition on the vector variable; null: all. */
  @Nullable Val mask;

  /** The one lane that is being emitted, or -1. */
  int lane = -1;

  final Forms forms = new Forms(unrolled);

  private long epoch;

  Env(Kernel kernel) {
    this.kernel = kernel;
  }

  EmitException refuse(String what) {
    return new EmitException(
        "kernel "
            + kernel.name()
            + (path.isEmpty() ? "" : ", loop " + String.join("/", path))
            + ": "
            + what);
  }

  Ranges ranges() {
    return Ranges.of(bounds);
  }

  /** With expanded variables as numbers and index lets replaced by what they stand for. */
  Expr resolve(Expr e) {
    return e.rewrite(
        x -> {
          if (!(x instanceof Var v)) {
            return x;
          }
          Long number = unrolled.get(v.name());
          return number != null ? Exprs.index(number) : indexLets.getOrDefault(v.name(), x);
        });
  }

  Affine affine(Expr e) {
    return forms.of(e, lane >= 0, () -> general(e), () -> Affine.of(resolve(e), ranges()));
  }

  /** The form in which expanded variables are terms like any other. */
  Affine general(Expr e) {
    Expr x =
        indexLets.isEmpty()
            ? e
            : e.rewrite(v -> v instanceof Var w ? indexLets.getOrDefault(w.name(), v) : v);
    return Affine.of(x, ranges());
  }

  /** The loops, bounds or lets around have changed. */
  void changed() {
    forms.clear();
    epoch++;
  }

  /** Counts changes: what was found out about an expression holds while it stays the same. */
  long epoch() {
    return epoch;
  }

  void bound(String var, Range r) {
    if (!r.equals(bounds.put(var, r))) {
      changed();
    }
  }

  /** Whether the lanes of the vector loop see different values. */
  boolean varies(Expr e) {
    if (e instanceof Var v && values.get(v.name()) == null) {
      return v.name().equals(vecVar);
    }
    boolean[] hit = {false};
    e.rewrite(
        x -> {
          if (x instanceof Var v) {
            Val known = values.get(v.name());
            hit[0] |= v.name().equals(vecVar) || lane < 0 && known != null && known.lanes() > 1;
          }
          return x;
        });
    return hit[0];
  }

  /** Whether it can be computed at the entry of the loop that defines its innermost variable. */
  boolean isHoistable(Expr e) {
    boolean[] ok = {true};
    e.rewrite(
        x -> {
          if (x instanceof Var v) {
            ok[0] &= homes.containsKey(v.name()) || kernel.dims().contains(v.name());
          }
          ok[0] &= !(x instanceof Load);
          return x;
        });
    return ok[0];
  }

  /** Whether each lane's position is known without loads: then it is an address of its own. */
  boolean isByLane(Affine p) {
    return p.terms().values().stream()
        .allMatch(
            t ->
                !varies(t.atom())
                    || isHoistable(Exprs.substitute(t.atom(), vecVar, Exprs.index(0))));
  }

  /** The region that defines the innermost variable of a hoistable expression. */
  Scope home(Expr e, Scope root) {
    Scope[] deepest = {root};
    e.rewrite(
        x -> {
          if (x instanceof Var v) {
            Scope s = homes.get(v.name());
            if (s != null && s.depth > deepest[0].depth) {
              deepest[0] = s;
            }
          }
          return x;
        });
    return deepest[0];
  }

  /** One lane as scalar code. */
  <T> T inLane(int l, Supplier<T> emit) {
    String var = vecVar;
    int n = lanes;
    Val m = mask;
    unrolled.put(var, (long) l);
    vecVar = "";
    lanes = 1;
    mask = null;
    lane = l;
    try {
      return emit.get();
    } finally {
      unrolled.remove(var);
      vecVar = var;
      lanes = n;
      mask = m;
      lane = -1;
    }
  }

  /** Without the mask: for what all lanes share. */
  <T> T unmasked(Supplier<T> emit) {
    Val m = mask;
    mask = null;
    try {
      return emit.get();
    } finally {
      mask = m;
    }
  }

  static boolean isIndex(Expr e) {
    return e.type() == DType.I64;
  }
}
