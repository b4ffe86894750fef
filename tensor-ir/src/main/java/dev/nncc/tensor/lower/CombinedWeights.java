package dev.nncc.tensor.lower;

import static dev.nncc.tensor.lower.Domain.at;

import dev.nncc.graph.DType;
import dev.nncc.tensor.constant.Combination;
import dev.nncc.tensor.constant.Packed;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.winograd.Linear;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The kernel that makes a constant with a combination (filters in frequencies, sums of quarters)
 * from the plain numbers, for libraries that do so when they are loaded. It computes what is
 * computed when the constant is stored: the same sums in f64, in the same order, no product fused
 * with its addition, rounded once; so both give the same bits on every processor.
 */
public final class CombinedWeights {
  /** What the names of these kernels begin with. */
  public static final String NAME = "weights";

  /**
   * Combinations that are made together. They lie far apart, at distances that are multiples of
   * 4096 more often than not, and the first cache has few places for each line of these.
   */
  private static final int TOGETHER = 8;

  /** Positions of so many axes, the last ones, come again for every few combinations. */
  private static final int BLOCK_AXES = 3;

  private final Packed made;
  private final Combination.Terms terms;
  private final List<Integer> positions;
  private final Packed plain;
  private final Buffer to;
  private final Buffer from;

  private CombinedWeights(Packed made) {
    this.made = made;
    terms = made.combination().orElseThrow().terms(made);
    positions =
        IntStream.range(0, made.extents().size())
            .filter(k -> !terms.choices().contains(k))
            .boxed()
            .toList();
    plain = plain();
    to = Buffer.of("a0", made.dtype(), Space.GLOBAL, made.extents());
    from = Buffer.of("a1", plain.dtype(), Space.GLOBAL, plain.extents());
  }

  /**
   * The call that makes a constant.
   *
   * @param made has a combination
   * @return its arguments are the constant, which it writes, and one without a combination
   */
  public static Phase phase(Packed made) {
    return new CombinedWeights(made).phase();
  }

  /** The source in the order of the positions, with the terms inside of all but the last. */
  private Packed plain() {
    List<Long> extents = new ArrayList<>();
    List<List<Long>> map = new ArrayList<>();
    for (int k : positions) {
      if (k == lanes()) {
        extents.addAll(terms.extents());
        map.addAll(terms.map());
      }
      extents.add(made.extents().get(k));
      map.add(made.map().get(k));
    }
    return new Packed(made.source(), extents, map, made.base());
  }

  /** The last position, along which vectors lie. */
  private int lanes() {
    return positions.get(positions.size() - 1);
  }

  private Phase phase() {
    int count = terms.rows().size();
    int groups = (count + TOGETHER - 1) / TOGETHER;
    int together = (count + groups - 1) / groups;
    int outer = Math.max(0, positions.size() - BLOCK_AXES);
    List<Stmt> all = new ArrayList<>();
    for (int c = 0; c < count; c += together) {
      Stmt group = new Group().of(c, Math.min(c + together, count));
      all.add(nest(positions.subList(outer, positions.size()), group));
    }
    Stmt body = nest(positions.subList(0, outer), Stmt.Block.of(all));
    List<Argument> arguments =
        List.of(new Argument.OfConstant(made), new Argument.OfConstant(plain));
    long factors = terms.rows().stream().flatMap(List::stream).filter(f -> f != 0).count();
    double places = (double) made.elements() / count;
    return new Phase(Kernel.of(NAME, List.of(to, from), body), arguments, 2 * factors * places);
  }

  private Stmt nest(List<Integer> axes, Stmt s) {
    return Domain.nest(
        axes.stream().map(CombinedWeights::loop).toList(),
        axes.stream().map(made.extents()::get).toList(),
        s);
  }

  private static String loop(int axis) {
    return "k" + axis;
  }

  private Expr position(int axis) {
    return at(loop(axis), made.extents().get(axis));
  }

  /** Of all elements of an array, in row-major order. */
  private static List<List<Expr>> places(List<Long> extents) {
    List<List<Expr>> all = List.of(List.of());
    for (long extent : extents) {
      List<List<Expr>> longer = new ArrayList<>();
      for (List<Expr> place : all) {
        for (long i = 0; i < extent; i++) {
          List<Expr> next = new ArrayList<>(place);
          next.add(Exprs.index(i));
          longer.add(next);
        }
      }
      all = longer;
    }
    return all;
  }

  /** Some combinations at one position: one term after the other is added to all sums. */
  private final class Group {
    private final List<Reduce.Binding> lets = new ArrayList<>();

    Stmt of(int first, int end) {
      List<Optional<Expr>> sums =
          new ArrayList<>(Collections.nCopies(end - first, Optional.empty()));
      List<List<Expr>> elements = places(terms.extents());
      for (int t = 0; t < elements.size(); t++) {
        add(t, elements.get(t), first, sums);
      }
      List<List<Expr>> choices = places(terms.choices().stream().map(made.extents()::get).toList());
      List<Stmt> stores = new ArrayList<>();
      for (int c = first; c < end; c++) {
        List<Expr> index = new ArrayList<>();
        for (int k = 0; k < made.extents().size(); k++) {
          int choice = terms.choices().indexOf(k);
          index.add(choice < 0 ? position(k) : choices.get(c).get(choice));
        }
        Expr sum = sums.get(c - first).orElseGet(() -> Exprs.number(DType.F64, 0));
        stores.add(new Stmt.Store(to, index, new Expr.Cast(DType.F32, sum)));
      }
      return new Linear(lets, List.of()).around(Stmt.Block.of(stores));
    }

    private void add(int term, List<Expr> element, int first, List<Optional<Expr>> sums) {
      Map<Double, Expr> products = new LinkedHashMap<>();
      for (int i = 0; i < sums.size(); i++) {
        double factor = terms.rows().get(first + i).get(term);
        if (factor != 0) {
          if (products.isEmpty()) {
            products.put(1.0, named(new Expr.Cast(DType.F64, load(element))));
          }
          Expr p =
              products.computeIfAbsent(
                  Math.abs(factor), f -> times(Objects.requireNonNull(products.get(1.0)), f));
          Optional<Expr> more =
              sums.get(i).map(s -> named(factor > 0 ? Exprs.add(s, p) : Exprs.sub(s, p)));
          sums.set(i, more.or(() -> Optional.of(factor > 0 ? p : times(p, -1))));
        }
      }
    }

    /** Has a name of its own, so that it is rounded before it is added. */
    private Expr times(Expr e, double factor) {
      return named(Exprs.mul(e, Exprs.number(DType.F64, factor)));
    }

    private Expr load(List<Expr> element) {
      List<Expr> index = new ArrayList<>();
      positions.subList(0, positions.size() - 1).forEach(k -> index.add(position(k)));
      index.addAll(element);
      index.add(position(lanes()));
      return new Expr.Load(from, index);
    }

    private Expr named(Expr value) {
      String name = "x" + lets.size();
      lets.add(new Reduce.Binding(name, value));
      return new Expr.Var(name, DType.F64);
    }
  }
}
