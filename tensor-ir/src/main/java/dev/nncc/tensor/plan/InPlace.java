package dev.nncc.tensor.plan;

import dev.nncc.tensor.index.Simplifier;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.lower.Argument;
import dev.nncc.tensor.lower.Phase;
import dev.nncc.tensor.placement.Placement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Results that take over the memory of an operand which is used for the last time: where both are
 * laid out alike and the kernel reads of the operand just the element that it then writes. Such a
 * kernel is rewritten to touch that memory through the result only, so that no later stage has to
 * know about two names for one element.
 *
 * @param calls with the kernels rewritten
 * @param heirs from a memory to the one that takes it over
 */
record InPlace(List<Usage.Call> calls, Map<Memory, Memory> heirs) {

  static InPlace of(Launches launches, Usage usage, Placement placement) {
    List<Usage.Call> calls = launches.calls();
    List<Usage.Call> out = new ArrayList<>();
    Map<Memory, Memory> heirs = new LinkedHashMap<>();
    for (int c = 0; c < calls.size(); c++) {
      Usage.Call call = calls.get(c);
      Phase phase = call.phase();
      Optional<Phase> rewritten = Optional.empty();
      for (Usage.TakeOver t : call.takeOvers()) {
        Memory from = memory(phase, t.operand(), call.node(), placement).orElseThrow();
        Memory to = memory(phase, t.result(), call.node(), placement).orElseThrow();
        Usage.Life old = life(usage, from);
        if (rewritten.isEmpty()
            && life(usage, to).first() == c
            && old.last() == c
            && old.first() < c
            && old.bytes() == life(usage, to).bytes()
            && !isTouchedBeside(launches, c, Set.of(from, to), placement)
            && !heirs.containsKey(from)) {
          heirs.put(from, to);
          rewritten = Optional.of(phase.with(t.kernel()));
        }
      }
      out.add(rewritten.map(p -> new Usage.Call(call.node(), p, call.takeOvers())).orElse(call));
    }
    return new InPlace(out, heirs);
  }

  /** Whether another call of the same launch touches one of the memories. */
  private static boolean isTouchedBeside(
      Launches launches, int call, Set<Memory> memories, Placement placement) {
    for (int c = launches.first(call); c <= launches.last(call); c++) {
      Usage.Call other = launches.calls().get(c);
      for (Argument a : other.phase().arguments()) {
        Optional<Memory> m = Memory.of(a, other.node(), placement);
        if (c != call && m.filter(memories::contains).isPresent()) {
          return true;
        }
      }
    }
    return false;
  }

  /** What could be taken over in a call, wherever it stands. */
  static List<Usage.TakeOver> takeOvers(Phase phase, int node, Placement placement) {
    List<Usage.TakeOver> all = new ArrayList<>();
    List<Buffer> buffers = phase.kernel().args();
    for (int r = 0; r < buffers.size(); r++) {
      for (int x = 0; x < buffers.size(); x++) {
        if (x != r
            && memory(phase, r, node, placement).isPresent()
            && memory(phase, x, node, placement).isPresent()
            && isAlone(phase, x, node, placement)) {
          int operand = x;
          int result = r;
          rewritten(phase.kernel(), buffers.get(x), buffers.get(r))
              .ifPresent(k -> all.add(new Usage.TakeOver(operand, result, k)));
        }
      }
    }
    return all;
  }

  /** Memory that takes another's over. */
  Set<Memory> takers() {
    return new LinkedHashSet<>(heirs.values());
  }

  private static Optional<Memory> memory(Phase phase, int argument, int node, Placement placement) {
    Argument a = phase.arguments().get(argument);
    return a instanceof Argument.OfValue ? Memory.of(a, node, placement) : Optional.empty();
  }

  private static Usage.Life life(Usage usage, Memory m) {
    return Objects.requireNonNull(usage.lives().get(m));
  }

  /** Whether no other argument of the call is a view of the same memory. */
  private static boolean isAlone(Phase phase, int argument, int node, Placement placement) {
    Optional<Memory> m = memory(phase, argument, node, placement);
    for (int i = 0; i < phase.arguments().size(); i++) {
      if (i != argument && memory(phase, i, node, placement).equals(m)) {
        return false;
      }
    }
    return true;
  }

  /**
   * The kernel with every load of {@code x} made one of {@code y}; empty where {@code y} could not
   * lie in the memory of {@code x}.
   */
  static Optional<Kernel> rewritten(Kernel kernel, Buffer x, Buffer y) {
    if (!x.withName(y.name()).equals(y)) {
      return Optional.empty();
    }
    Kernel k = Simplifier.simplify(kernel);
    Set<String> loops = new LinkedHashSet<>();
    Stmt s = k.body();
    while (s instanceof Stmt.For f) {
      loops.add(f.var());
      s = f.body();
    }
    Stmt leaf = s;
    while (s instanceof Stmt.Let l) {
      s = l.body();
    }
    List<Expr> index;
    if (s instanceof Stmt.Store t && t.buffer().equals(y)) {
      index = t.index();
    } else if (s instanceof Reduce r && reducesInto(r, y, x)) {
      index = r.outputs().get(0).index();
      r.over().forEach(loops::remove);
    } else {
      return Stores.of(k.body(), y)
              .filter(all -> all.readOnlyWhatTheyWrite(k.body(), x))
              .isPresent()
          ? Optional.of(k.with(replaced(k.body(), x, y)))
          : Optional.empty();
    }
    boolean fits = visitsEachOnce(index, loops) && readsOnly(leaf, x, index) && !reads(leaf, y);
    return fits && reads(leaf, x)
        ? Optional.of(k.with(replaced(k.body(), x, y)))
        : Optional.empty();
  }

  /** One output, all of it; the operand is no part of what is reduced. */
  private static boolean reducesInto(Reduce r, Buffer y, Buffer x) {
    return r.outputs().size() == 1
        && r.outputs().get(0).buffer().equals(y)
        && r.outputs().get(0).when().isEmpty()
        && r.next().stream().noneMatch(e -> reads(e, x));
  }

  /** Whether the index is made of the loops' variables, one a dimension and each once. */
  private static boolean visitsEachOnce(List<Expr> index, Set<String> loops) {
    Set<String> left = new LinkedHashSet<>(loops);
    for (Expr e : index) {
      boolean fine = e instanceof Expr.Const || e instanceof Expr.Var v && left.remove(v.name());
      if (!fine) {
        return false;
      }
    }
    return left.isEmpty();
  }

  private static boolean readsOnly(Stmt s, Buffer x, List<Expr> index) {
    boolean[] only = {true};
    s.rewriteExprs(
        e -> {
          if (e instanceof Expr.Load l && l.buffer().equals(x)) {
            only[0] &= l.index().equals(index);
          }
          return e;
        });
    return only[0];
  }

  private static boolean reads(Stmt s, Buffer x) {
    boolean[] any = {false};
    s.rewriteExprs(
        e -> {
          any[0] |= e instanceof Expr.Load l && l.buffer().equals(x);
          return e;
        });
    return any[0];
  }

  private static boolean reads(Expr s, Buffer x) {
    boolean[] any = {false};
    s.rewrite(
        e -> {
          any[0] |= e instanceof Expr.Load l && l.buffer().equals(x);
          return e;
        });
    return any[0];
  }

  private static Stmt replaced(Stmt s, Buffer x, Buffer y) {
    return s.rewriteExprs(
        e -> e instanceof Expr.Load l && l.buffer().equals(x) ? new Expr.Load(y, l.index()) : e);
  }
}
