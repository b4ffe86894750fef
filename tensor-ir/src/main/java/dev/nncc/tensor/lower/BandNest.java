package dev.nncc.tensor.lower;

import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.index.Range;
import dev.nncc.tensor.index.Ranges;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.For;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A phase that is a perfect nest around a reduction, and what it does with the value between two
 * phases.
 *
 * @param buffer of that value
 */
record BandNest(Phase phase, List<For> loops, Reduce leaf, Buffer buffer) {
  static Optional<BandNest> of(Phase phase, Argument between) {
    List<For> loops = new ArrayList<>();
    Stmt s = phase.kernel().body();
    while (s instanceof For f && f.kind() == Stmt.Kind.FOR && f.isConstant()) {
      loops.add(f);
      s = f.body();
    }
    int i = phase.arguments().indexOf(between);
    return s instanceof Reduce r && i >= 0
        ? Optional.of(new BandNest(phase, loops, r, phase.kernel().args().get(i)))
        : Optional.empty();
  }

  long extent(String loop) {
    return loops.stream().filter(f -> f.var().equals(loop)).mapToLong(For::trip).sum();
  }

  Ranges ranges() {
    Map<String, Range> m = new LinkedHashMap<>();
    loops.forEach(f -> m.put(f.var(), Range.ofExtent(f.trip())));
    return Ranges.of(m);
  }

  Affine affine(Expr index) {
    return Affine.of(index, ranges());
  }

  /** The one loop of an index that is not reduced. */
  Optional<String> dataLoop(Expr index) {
    List<String> data =
        loops.stream()
            .map(For::var)
            .filter(v -> !leaf.over().contains(v) && Exprs.mentions(index, v))
            .toList();
    return data.size() == 1 ? Optional.of(data.get(0)) : Optional.empty();
  }

  /** Where the nest stores the value, if it stores nothing else and reads straight ahead. */
  Optional<List<Expr>> storedAt() {
    return leaf.outputs().size() == 1
            && leaf.outputs().get(0).buffer().equals(buffer)
            && leaf.outputs().get(0).when().isEmpty()
            && loads(buffer::equals).isEmpty()
            && isLinear()
        ? Optional.of(leaf.outputs().get(0).index())
        : Optional.empty();
  }

  /** Where the nest reads the value, if it reads it at one place and does not write it. */
  Optional<List<Expr>> loadedAt() {
    Set<List<Expr>> places = loads(buffer::equals);
    boolean writes = leaf.outputs().stream().anyMatch(o -> o.buffer().equals(buffer));
    return places.size() == 1 && !writes ? Optional.of(places.iterator().next()) : Optional.empty();
  }

  /** Values whose index is clamped for each lane take more registers with each loop around. */
  private boolean isLinear() {
    return loads(b -> argument(b) instanceof Argument.OfValue).stream()
        .flatMap(List::stream)
        .map(this::affine)
        .allMatch(
            a ->
                loops.stream()
                    .map(For::var)
                    .allMatch(v -> leaf.over().contains(v) || a.isLinearIn(v)));
  }

  private @Nullable Argument argument(Buffer b) {
    int i = phase.kernel().args().indexOf(b);
    return i < 0 ? null : phase.arguments().get(i);
  }

  private Set<List<Expr>> loads(Predicate<Buffer> of) {
    Set<List<Expr>> places = new LinkedHashSet<>();
    leaf.rewriteExprs(
        e -> {
          if (e instanceof Expr.Load l && of.test(l.buffer())) {
            places.add(l.index());
          }
          return e;
        });
    return places;
  }

  /**
   * The nest over one band.
   *
   * @param arguments of the kernel that is made; those of this nest are added
   * @param makes whether it makes the value, else it reads it
   */
  Stmt local(
      Map<Argument, Buffer> arguments,
      Argument between,
      Buffer band,
      List<BandAxis> axes,
      boolean makes) {
    Map<Buffer, Buffer> to = new LinkedHashMap<>();
    for (int i = 0; i < phase.arguments().size(); i++) {
      Argument a = phase.arguments().get(i);
      Buffer b = phase.kernel().args().get(i);
      if (!a.equals(between)) {
        to.put(b, arguments.computeIfAbsent(a, k -> b.withName("a" + arguments.size())));
      }
    }
    Map<String, Expr> at = new LinkedHashMap<>();
    loops.forEach(f -> at.put(f.var(), Exprs.var(name(f.var(), makes))));
    Map<String, Long> extents = new LinkedHashMap<>();
    List<Expr> puts = new ArrayList<>();
    for (BandAxis a : axes) {
      Optional<String> loop = makes ? a.stored() : a.data();
      long n = makes ? a.makes() : a.size();
      Expr inside = n == 1 || loop.isEmpty() ? Exprs.index(0) : Exprs.var(name(loop.get(), makes));
      if (loop.isPresent()) {
        extents.put(loop.get(), n);
        at.put(loop.get(), makes ? a.makes(inside) : a.reads(inside));
      }
      puts.add(a.puts(inside));
    }
    Reduce moved = moved(at, to, band, axes, makes);
    Stmt s = makes ? stored(moved, band, puts) : moved;
    for (int i = loops.size() - 1; i >= 0; i--) {
      String v = loops.get(i).var();
      long n = extents.getOrDefault(v, loops.get(i).trip());
      s = n == 1 && !leaf.over().contains(v) ? s : For.of(name(v, makes), n, s);
    }
    return s;
  }

  /** Both nests use the same names. */
  private static String name(String loop, boolean makes) {
    return makes ? "m" + loop : loop;
  }

  /** The leaf with other loops, over other buffers, the value between read from the band. */
  private Reduce moved(
      Map<String, Expr> loop,
      Map<Buffer, Buffer> to,
      Buffer band,
      List<BandAxis> axes,
      boolean makes) {
    Reduce moved =
        (Reduce)
            leaf.rewriteExprs(
                e -> {
                  Expr other = e instanceof Expr.Var v ? loop.getOrDefault(v.name(), e) : e;
                  return other instanceof Expr.Load l ? load(l, to, band, axes) : other;
                });
    List<Reduce.Output> outputs = new ArrayList<>();
    for (Reduce.Output o : moved.outputs()) {
      Buffer b = to.getOrDefault(o.buffer(), o.buffer());
      outputs.add(new Reduce.Output(b, o.index(), o.value(), o.when()));
    }
    List<String> over = leaf.over().stream().map(v -> name(v, makes)).toList();
    return new Reduce(over, moved.states(), moved.next(), moved.combine(), moved.lets(), outputs);
  }

  private Expr load(Expr.Load l, Map<Buffer, Buffer> to, Buffer band, List<BandAxis> axes) {
    if (!l.buffer().equals(buffer)) {
      return new Expr.Load(to.getOrDefault(l.buffer(), l.buffer()), l.index());
    }
    List<Expr> at = new ArrayList<>();
    for (int a = 0; a < axes.size(); a++) {
      at.add(axes.get(a).inBand(l.index().get(a)));
    }
    return new Expr.Load(band, at);
  }

  /** What is made goes to the band. */
  private static Reduce stored(Reduce r, Buffer band, List<Expr> at) {
    Expr value = r.outputs().get(0).value();
    return new Reduce(
        r.over(),
        r.states(),
        r.next(),
        r.combine(),
        r.lets(),
        List.of(new Reduce.Output(band, at, value, Optional.empty())));
  }
}
