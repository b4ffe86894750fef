package dev.nncc.tensor.verify;

import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.index.Simplifier;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.lower.Argument;
import dev.nncc.tensor.plan.Pointer;
import dev.nncc.tensor.plan.RunPlan;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one step does to the arena, read off its kernel.
 *
 * @param all arguments that lie in the arena
 * @param reads those that hold something before the step
 * @param writes with the part of the buffer that the kernel can reach
 */
record StepAccess(Kernel kernel, List<Arg> all, List<Arg> reads, List<Arg> writes) {
  /** An argument at byte {@code base} of the arena. */
  record Arg(int index, Argument argument, Buffer buffer, long base) {
    /** Of the element at a position relative to the argument's address. */
    long address(long position) {
      return base + position * buffer.type().bytes();
    }

    long from() {
      return address(Elements.start(buffer));
    }

    long to() {
      return address(Elements.end(buffer));
    }
  }

  static StepAccess of(RunPlan.Step step) {
    Kernel k = step.phase().kernel();
    Set<String> stored = new LinkedHashSet<>();
    Map<String, Set<List<Expr>>> loaded = new LinkedHashMap<>();
    indices(k.body(), loaded, stored);
    List<Arg> all = new ArrayList<>();
    List<Arg> reads = new ArrayList<>();
    List<Arg> writes = new ArrayList<>();
    for (int i = 0; i < k.args().size(); i++) {
      if (!(step.pointers().get(i) instanceof Pointer.Arena p)) {
        continue;
      }
      Buffer b = k.args().get(i);
      Arg a = new Arg(i, step.phase().arguments().get(i), b, p.offset());
      all.add(a);
      boolean operand =
          a.argument() instanceof Argument.OfValue v && step.node().operands().contains(v.value());
      if (operand || loaded.containsKey(b.name()) && !stored.contains(b.name())) {
        reads.add(a);
      }
      if (stored.contains(b.name())) {
        writes.add(new Arg(i, a.argument(), WrittenBox.of(k, b), p.offset()));
      }
    }
    return new StepAccess(k, all, reads, writes);
  }

  /** Whether the step writes a border and nothing else. */
  boolean isBorder() {
    return kernel.name().equals("border");
  }

  /**
   * Whether a result may lie in the memory of an operand: both are laid out alike, the kernel only
   * touches the memory through the result, and reads only elements that the same iteration writes.
   */
  boolean isInPlace(Arg operand, Arg result) {
    Buffer x = operand.buffer();
    Buffer y = kernel.args().get(result.index());
    Map<String, Set<List<Expr>>> loads = new LinkedHashMap<>();
    Map<String, Set<List<Expr>>> stores = new LinkedHashMap<>();
    accesses(Simplifier.simplify(kernel).body(), loads, stores);
    return operand.base() == result.base()
        && x.withName("").equals(y.withName(""))
        && !loads.containsKey(x.name())
        && !stores.containsKey(x.name())
        && !stores.getOrDefault(y.name(), Set.of()).isEmpty()
        && loads.getOrDefault(y.name(), Set.of()).equals(stores.get(y.name()))
        && (stores.getOrDefault(y.name(), Set.of()).size() == 1 || storesReadThemselves(y));
  }

  /**
   * Whether each of several stores reads just the element that it writes, and no element is written
   * twice: counted over all iterations.
   */
  private boolean storesReadThemselves(Buffer y) {
    boolean[] fine = {true};
    BitSet written = new BitSet();
    visit(Simplifier.simplify(kernel).body(), y, new ArrayList<>(), written, fine);
    return fine[0];
  }

  private static void visit(Stmt s, Buffer y, List<Stmt.For> path, BitSet written, boolean[] fine) {
    if (s instanceof Stmt.For f) {
      List<Stmt.For> inner = new ArrayList<>(path);
      inner.add(f);
      visit(f.body(), y, inner, written, fine);
      return;
    }
    if (s instanceof Stmt.Store t && t.buffer().equals(y)) {
      t.value()
          .rewrite(
              e -> {
                fine[0] &=
                    !(e instanceof Expr.Load l)
                        || !l.buffer().equals(y)
                        || l.index().equals(t.index());
                return e;
              });
      fine[0] &= mark(t, path, written);
      return;
    }
    s.mapChildren(
        c -> {
          visit(c, y, path, written, fine);
          return c;
        },
        e -> e);
  }

  /** Marks what a store writes within the shape; false where something was marked already. */
  private static boolean mark(Stmt.Store t, List<Stmt.For> path, BitSet written) {
    List<Affine> index = t.index().stream().map(Affine::of).toList();
    long count = path.stream().mapToLong(Stmt.For::trip).reduce(1, (a, b) -> a * b);
    for (long i = 0; i < count; i++) {
      long[] at = index.stream().mapToLong(Affine::constant).toArray();
      long rest = i;
      for (Stmt.For f : path) {
        long v = rest % f.trip();
        rest /= f.trip();
        for (int d = 0; d < at.length; d++) {
          at[d] += v * index.get(d).coefficient(f.var());
        }
      }
      long element = 0;
      boolean inside = true;
      for (int d = 0; d < at.length; d++) {
        inside &= at[d] >= 0 && at[d] < t.buffer().shape().get(d);
        element = element * t.buffer().shape().get(d) + at[d];
      }
      if (inside && written.get(Math.toIntExact(element))) {
        return false;
      }
      if (inside) {
        written.set(Math.toIntExact(element));
      }
    }
    return true;
  }

  private static void indices(Stmt s, Map<String, Set<List<Expr>>> loaded, Set<String> stored) {
    Map<String, Set<List<Expr>>> stores = new LinkedHashMap<>();
    accesses(s, loaded, stores);
    stored.addAll(stores.keySet());
  }

  private static void accesses(
      Stmt body, Map<String, Set<List<Expr>>> loads, Map<String, Set<List<Expr>>> stores) {
    body.rewriteExprs(
        e -> {
          if (e instanceof Expr.Load l) {
            loads.computeIfAbsent(l.buffer().name(), n -> new LinkedHashSet<>()).add(l.index());
          }
          return e;
        });
    body.rewrite(
        s -> {
          if (s instanceof Stmt.Store t) {
            stores.computeIfAbsent(t.buffer().name(), n -> new LinkedHashSet<>()).add(t.index());
          } else if (s instanceof Stmt.Update u) {
            stores.computeIfAbsent(u.buffer().name(), n -> new LinkedHashSet<>()).add(u.index());
          } else if (s instanceof Reduce r) {
            for (Reduce.Output o : r.outputs()) {
              stores.computeIfAbsent(o.buffer().name(), n -> new LinkedHashSet<>()).add(o.index());
            }
          }
          return s;
        });
  }
}
