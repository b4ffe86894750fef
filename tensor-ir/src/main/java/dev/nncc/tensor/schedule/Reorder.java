package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * {@code reorder a b c}: permutes these loops of one perfect nest. Legal above a reduction that
 * only reads itself (unless it is a plain one of operators, its own loops keep their order); else
 * when at most one of the loops carries an order and the others nothing, or when all that is
 * carried is a reduction.
 */
record Reorder(List<String> order) implements Directive {
  Reorder {
    order = List.copyOf(order);
  }

  @Override
  public Kernel apply(Kernel k) {
    Set<String> names = new LinkedHashSet<>(order);
    if (names.size() < order.size()) {
      throw new Illegal("a loop is named twice");
    }
    String top =
        Nests.loops(k.body()).stream()
            .map(For::var)
            .filter(names::contains)
            .findFirst()
            .orElseThrow(() -> new Illegal("no such loops"));
    return Nests.at(k, top, this::reorder);
  }

  private Stmt reorder(For top) {
    List<For> nest = new ArrayList<>();
    Set<String> left = new LinkedHashSet<>(order);
    Stmt s = top;
    while (!left.isEmpty()) {
      if (!(s instanceof For f)) {
        throw new Illegal("not one perfect nest: " + left);
      }
      nest.add(f);
      left.remove(f.var());
      s = f.body();
    }
    Map<String, For> byName = new LinkedHashMap<>();
    nest.forEach(f -> byName.put(f.var(), f));
    List<For> made = new ArrayList<>();
    int next = 0;
    for (For f : nest) {
      made.add(order.contains(f.var()) ? byName.getOrDefault(order.get(next++), f) : f);
    }
    if (!made.equals(nest)) {
      checkKinds(nest, made, s);
      checkOrder(top, nest, made);
    }
    return Nests.nest(made, s);
  }

  private static void checkKinds(List<For> nest, List<For> made, Stmt below) {
    if (nest.stream().anyMatch(f -> f.kind() == Kind.SCAN)) {
      throw new Illegal("a scan keeps its order");
    }
    for (int i = 0; i < made.size(); i++) {
      if (made.get(i).kind() == Kind.PAR && i > 0) {
        throw new Illegal("the parallel loop stays outermost");
      }
      List<For> inside = new ArrayList<>(made.subList(i + 1, made.size()));
      inside.addAll(Nests.loops(below));
      if (made.get(i).kind() == Kind.VEC
          && inside.stream().anyMatch(f -> f.kind() != Kind.UNROLL)) {
        throw new Illegal("a loop inside a vector loop");
      }
    }
  }

  private static void checkOrder(For top, List<For> nest, List<For> made) {
    Optional<Reduce> leaf = Nests.leaf(top).filter(Nests::readsOnlyItself);
    if (leaf.isPresent()) {
      List<String> over = leaf.get().over();
      if (Form.of(leaf.get()).isEmpty() && !only(nest, over).equals(only(made, over))) {
        throw new Illegal("this reduction keeps the order of its loops");
      }
      return;
    }
    // all loops count as inside: the separation may not lean on one that moves
    Deps deps = Deps.of(top);
    List<Deps.Carried> carried =
        nest.stream()
            .map(f -> deps.carriedBy(f.var()))
            .filter(c -> c != Deps.Carried.NOTHING)
            .toList();
    if (carried.contains(Deps.Carried.ORDER) && carried.size() > 1) {
      throw new Illegal("the nest carries an order");
    }
    if (!Nests.reductions(top).isEmpty() && !carried.isEmpty()) {
      throw new Illegal("a reduction inside needs its loops as they are");
    }
  }

  private static List<String> only(List<For> nest, List<String> names) {
    return nest.stream().map(For::var).filter(names::contains).toList();
  }

  @Override
  public String toString() {
    return "reorder " + String.join(" ", order);
  }
}
