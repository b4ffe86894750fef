package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Stmt;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Products whose second factor lies along its rows (scores of attention): a panel of it is
 * transposed into local memory and used by all rows of the first factor, so that the result's
 * contiguous axis can be the vector.
 */
final class PackedPlan {
  /** Vectors in a panel. */
  private static final int WIDEST = 4;

  /** A panel is worth its copy when it is used this many times, per length of its columns. */
  private static final long COLUMN_PER_USE = 5;

  private static final long FEWEST_USES = 8;

  private final NestPlan.Shape x;

  PackedPlan(NestPlan.Shape shape) {
    x = shape;
  }

  /**
   * @param row the factor that is transposed
   * @param along its contiguous axis, which is reduced
   * @param across the axis that becomes the vector
   */
  private record Choice(Operand row, Axis along, Axis across) {}

  /** Whether the nest was of this kind and is done. */
  boolean run(NestModel n, VectorChoice v, boolean parallel) {
    Session.Mark before = x.s().mark();
    boolean done = choice(n, v).filter(c -> packed(n, c, parallel)).isPresent();
    if (!done) {
      x.s().back(before);
    }
    return done;
  }

  private Optional<Choice> choice(NestModel n, VectorChoice v) {
    if (n.reduced().size() != 1 || !v.axis().reduce() || !n.pinned().isEmpty()) {
      return Optional.empty();
    }
    Axis k = v.axis();
    for (Operand row : n.loads()) {
      long uses =
          n.data().stream()
              .filter(a -> !row.on(a.name()))
              .mapToLong(Axis::extent)
              .reduce(1, (p, q) -> p * q);
      long buffers = n.loads().stream().filter(o -> o.buffer().equals(row.buffer())).count();
      boolean pays = uses >= FEWEST_USES && k.extent() < COLUMN_PER_USE * uses;
      if (row.at(k.name()) != 1 || !pays || buffers != 1) {
        continue;
      }
      for (Axis d : n.data()) {
        if (row.on(d.name())
            && !d.symbolic()
            && isVector(n, row, d.name())
            && d.extent() >= x.m().lanes(n.bytes())) {
          return Optional.of(new Choice(row, k, d));
        }
      }
    }
    return Optional.empty();
  }

  private static boolean isVector(NestModel n, Operand row, String d) {
    return n.stores().stream().allMatch(o -> o.at(d) == 1)
        && n.loads().stream().allMatch(o -> o.equals(row) || o.isStraight(d));
  }

  private boolean packed(NestModel n, Choice c, boolean parallel) {
    String d = c.across.name();
    List<String> outer = new ArrayList<>();
    List<String> inner = new ArrayList<>();
    for (Axis a : n.data()) {
      if (!a.name().equals(d)) {
        (c.row.on(a.name()) ? outer : inner).add(a.name());
      }
    }
    List<String> order = new ArrayList<>(outer);
    order.add(d);
    order.addAll(inner);
    order.add(c.along.name());
    if (!x.reorder(order)) {
      return false;
    }
    int lanes = x.m().lanes(n.bytes());
    long e = c.across.extent();
    long width = width(e, lanes);
    String o = x.fresh().name(d + "o");
    String i = x.fresh().name(d + "i");
    boolean exact = e % width == 0;
    String rest = x.fresh().suffix(x.loop(d), i);
    Directive split = exact ? new Split(d, width, o, i, false) : new Ragged(d, width, o, i, rest);
    if (!x.s().attempt(split)) {
      return false;
    }
    outer.add(o);
    String parent = parallel ? x.parallel(outer) : o;
    if (parallel && Nests.find(x.s().kernel(), o).isPresent()) {
      parent = o;
    }
    if (exact) {
      return panel(c, parent, i, inner);
    }
    // a loop of one iteration for the panel of the full branch to live in
    Optional<List<String>> one = x.split(i, width, "w", "v");
    return one.isPresent()
        && panel(c, one.get().get(0), one.get().get(1), inner)
        && rest(parent, i + rest);
  }

  /** A few vectors, dividing the extent where possible. */
  private static long width(long extent, int lanes) {
    for (long v = WIDEST; v > 1; v--) {
      if (extent % (v * lanes) == 0) {
        return v * lanes;
      }
    }
    return Math.min((WIDEST - 1L) * lanes, extent / lanes * lanes);
  }

  private boolean panel(Choice c, String parent, String across, List<String> inner) {
    // between the loop of panels and the tile nothing but the panel's own loop may stand
    List<String> order = new ArrayList<>(inner);
    order.add(across);
    order.add(c.along.name());
    if (!x.reorder(order)) {
      return false;
    }
    String head = order.get(0);
    Optional<List<Integer>> dims = dimensions(head, c, across);
    String p = x.fresh().name(c.row.buffer() + "p");
    if (dims.isEmpty() || !x.s().attempt(new Pack(c.row.buffer(), parent, p, dims.get()))) {
      return false;
    }
    NestPlan.Shape here = new NestPlan.Shape(x.s(), x.m(), x.fresh(), parent, x.budget());
    return new StreamPlan(here).run(p + "_" + dims.get().get(0), false)
        && new ReducePlan(here).run(head, false);
  }

  /** What is left beside the panels, as any product. */
  private boolean rest(String parent, String head) {
    NestPlan.Shape here = new NestPlan.Shape(x.s(), x.m(), x.fresh(), parent, x.budget());
    return new ReducePlan(here).run(head, false);
  }

  /** The dimensions of the factor along the column and across it. */
  private Optional<List<Integer>> dimensions(String head, Choice c, String across) {
    Stmt leaf = NestModel.leaf(x.loop(head));
    List<Integer> along = new ArrayList<>();
    List<Integer> over = new ArrayList<>();
    leaf.mapChildren(
        s -> s,
        e ->
            e.rewrite(
                y -> {
                  if (y instanceof Expr.Load l && l.buffer().name().equals(c.row.buffer())) {
                    for (int i = 0; i < l.index().size(); i++) {
                      if (Exprs.mentions(l.index().get(i), c.along.name())) {
                        along.add(i);
                      }
                      if (Exprs.mentions(l.index().get(i), across)) {
                        over.add(i);
                      }
                    }
                  }
                  return y;
                }));
    return along.size() == 1 && over.size() == 1 && !along.equals(over)
        ? Optional.of(List.of(along.get(0), over.get(0)))
        : Optional.empty();
  }
}
