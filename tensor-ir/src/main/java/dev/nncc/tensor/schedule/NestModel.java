package dev.nncc.tensor.schedule;

import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.index.Ranges;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.Alloc;
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
 * A perfect nest with its accesses: all that the rule looks at.
 *
 * @param leaf the statement inside the loops
 * @param work arithmetic of one step in simple operations; calls count for several
 * @param finishWork arithmetic once an element, after a reduction
 * @param bytes of the widest type computed with
 * @param pinned axes that index registers or tables, which must be unrolled
 */
record NestModel(
    Stmt leaf,
    List<Axis> axes,
    List<Operand> operands,
    double work,
    double finishWork,
    int bytes,
    Set<String> pinned) {
  /** Iterations assumed of a loop whose extent is not known. */
  private static final long GUESS = 64;

  /** Lanes that read one element, so that few loads bring all of a vector. */
  private static final long FEWEST_ALIKE = 8;

  /** The innermost statement of a perfect nest without guards in between. */
  static Stmt leaf(For head) {
    Stmt s = head;
    while (s instanceof For f) {
      s = f.body();
    }
    return s;
  }

  /** Whether the loop is the head of a nest that the rule shapes as a whole. */
  static boolean isNest(For head) {
    for (For f : loops(head)) {
      if (f.kind() != Kind.FOR) {
        return false;
      }
    }
    return isSimple(leaf(head));
  }

  /** A statement without loops and local buffers. */
  static boolean isSimple(Stmt s) {
    if (s instanceof For || s instanceof Alloc) {
      return false;
    }
    boolean[] simple = {true};
    s.mapChildren(
        c -> {
          simple[0] &= isSimple(c) && !(c instanceof Reduce);
          return c;
        },
        e -> e);
    return simple[0];
  }

  static List<For> loops(For head) {
    List<For> l = new ArrayList<>();
    Stmt s = head;
    while (s instanceof For f) {
      l.add(f);
      s = f.body();
    }
    return l;
  }

  static NestModel of(Kernel k, For head) {
    Stmt leaf = leaf(head);
    Set<String> over = leaf instanceof Reduce r ? new LinkedHashSet<>(r.over()) : Set.of();
    List<Axis> axes = new ArrayList<>();
    for (For f : loops(head)) {
      long n = f.isConstant() ? f.trip() : GUESS;
      axes.add(new Axis(f.var(), n, over.contains(f.var()), !f.isConstant()));
    }
    Ranges ranges = Deps.ranges(k.body());
    Set<Operand> operands = new LinkedHashSet<>();
    Set<String> pinned = new LinkedHashSet<>();
    for (Deps.Access a : Deps.of(core(leaf)).accesses()) {
      Affine at = address(a, ranges);
      List<String> steps = leaf instanceof Reduce ? steps(at, axes) : List.of();
      steps.stream().limit(Math.max(0, steps.size() - 1)).forEach(pinned::add);
      add(operands, pinned, operand(a, at, axes, steps, true), a.buffer());
    }
    for (Deps.Access a : Deps.of(leaf).accesses()) {
      Operand o = operand(a, address(a, ranges), axes, List.of(), false);
      if (!operands.contains(inner(o))) {
        add(operands, pinned, o, a.buffer());
      }
    }
    Stmt once = leaf instanceof Reduce ? leaf : new Stmt.Block(List.of());
    return new NestModel(
        leaf,
        axes,
        new ArrayList<>(operands),
        Work.of(core(Guard.removed(leaf))),
        Work.of(once),
        Work.widest(leaf),
        pinned);
  }

  private static Operand inner(Operand o) {
    return new Operand(o.buffer(), o.bytes(), o.strides(), o.write(), true);
  }

  private static void add(Set<Operand> to, Set<String> pinned, Operand o, Buffer b) {
    to.add(o);
    if (b.space() == Space.REG || b.space() == Space.CONST && b.rank() > 0) {
      pinned.addAll(o.strides().keySet());
    }
  }

  /** What happens at every step: of a reduction without start and epilogue. */
  private static Stmt core(Stmt leaf) {
    if (!(leaf instanceof Reduce r)) {
      return leaf;
    }
    List<Reduce.State> none =
        r.states().stream()
            .map(s -> new Reduce.State(s.name(), s.type(), Exprs.number(s.type(), 0)))
            .toList();
    return new Reduce(r.over(), none, r.next(), Optional.empty(), List.of(), List.of());
  }

  private static Affine address(Deps.Access a, Ranges ranges) {
    Buffer b = a.buffer();
    Affine at = Affine.constant(0);
    for (int d = 0; d < a.index().size(); d++) {
      at = at.plus(Affine.of(a.index().get(d), ranges).times(b.strides().get(d)));
    }
    // fused loops give plain addresses only once the dimensions are added up
    boolean plain = at.terms().values().stream().allMatch(t -> t.atom() instanceof Expr.Var);
    return plain ? at : Affine.of(at.expr(), ranges);
  }

  /**
   * @param steps axes that move it now and then only: taken as if they did not
   */
  private static Operand operand(
      Deps.Access a, Affine at, List<Axis> axes, List<String> steps, boolean inner) {
    Map<String, Long> strides = new LinkedHashMap<>();
    for (Axis x : axes) {
      long k = at.isLinearIn(x.name()) ? at.coefficient(x.name()) : Operand.IRREGULAR;
      if (k != 0 && !steps.contains(x.name())) {
        strides.put(x.name(), k);
      }
    }
    Buffer b = a.buffer();
    return new Operand(b.name(), b.type().bytes(), strides, a.write(), inner);
  }

  /**
   * Axes that move an access now and then only, behind several iterations. Which of its vector's
   * lanes have moved has to be known where code is made, so all but the innermost are unrolled.
   */
  private static List<String> steps(Affine at, List<Axis> axes) {
    return axes.stream().map(Axis::name).filter(v -> !at.isLinearIn(v) && isStep(at, v)).toList();
  }

  private static boolean isStep(Affine at, String axis) {
    return at.terms().values().stream()
        .filter(t -> Exprs.mentions(t.atom(), axis))
        .allMatch(
            t ->
                t.atom() instanceof Expr.Bin b
                    && b.op() == Expr.BinOp.FLOORDIV
                    && b.b() instanceof Expr.Const c
                    && c.integer() >= FEWEST_ALIKE);
  }

  /**
   * An access seen from the given loops.
   *
   * @param r of all loops of the kernel
   */
  static Operand operand(Ranges r, Deps.Access a, List<String> outer, List<String> inner) {
    List<Axis> axes = new ArrayList<>();
    outer.forEach(v -> axes.add(new Axis(v, 1, false, false)));
    inner.forEach(v -> axes.add(new Axis(v, 1, false, false)));
    return operand(a, address(a, r), axes, List.of(), true);
  }

  /** Under which condition steps add anything, where there is one. */
  Optional<Guard> guard() {
    return Guard.of(leaf);
  }

  /**
   * The reduced axis whose iterations have code of their own, each with those places of the tile
   * for which the condition of the nest holds: the innermost one that slides over what the tile
   * reads.
   */
  Optional<Axis> clipped() {
    List<Axis> sliding =
        reduced().stream().filter(r -> data().stream().anyMatch(d -> slides(r, d))).toList();
    return sliding.stream()
        .skip(Math.max(0, sliding.size() - 1))
        .filter(r -> guard().filter(g -> data().stream().anyMatch(d -> tied(g, r, d))).isPresent())
        .findFirst();
  }

  /**
   * Whether a condition on the axis is asked outside of the tile, so that tiles should be short.
   */
  boolean isLifted(Axis d) {
    return guard().filter(g -> g.moves(d)).isPresent()
        && clipped().filter(r -> tied(guard().orElseThrow(), r, d)).isEmpty();
  }

  /** Whether two axes reach the same elements, each in steps of its own (a dilated window's). */
  private boolean slides(Axis r, Axis d) {
    return loads().stream()
        .anyMatch(
            o ->
                o.overlaps(d.name(), r.name(), r.extent())
                    || o.overlaps(r.name(), d.name(), d.extent()));
  }

  private static boolean tied(Guard g, Axis r, Axis d) {
    return g.parts().stream().anyMatch(p -> p.moves(r) && p.moves(d));
  }

  boolean isReduce() {
    return leaf instanceof Reduce;
  }

  /** All states are plain sums, products, extremes: partial results and lanes may be merged. */
  boolean merges() {
    return leaf instanceof Reduce r && Form.of(r).isPresent();
  }

  List<Axis> data() {
    return axes.stream().filter(a -> !a.reduce()).toList();
  }

  List<Axis> reduced() {
    return axes.stream().filter(Axis::reduce).toList();
  }

  Optional<Axis> axis(String name) {
    return axes.stream().filter(a -> a.name().equals(name)).findFirst();
  }

  /** The model after a loop was split: the same accesses along two axes. */
  NestModel split(String v, long factor, String outer, String inner) {
    List<Axis> a = new ArrayList<>();
    for (Axis x : axes) {
      if (!x.name().equals(v)) {
        a.add(x);
      } else {
        a.add(new Axis(outer, (x.extent() + factor - 1) / factor, x.reduce(), x.symbolic()));
        a.add(new Axis(inner, factor, x.reduce(), false));
      }
    }
    List<Operand> o = new ArrayList<>();
    for (Operand p : operands) {
      Map<String, Long> s = new LinkedHashMap<>(p.strides());
      Long k = s.remove(v);
      if (k != null) {
        s.put(outer, k == Operand.IRREGULAR ? k : k * factor);
        s.put(inner, k);
      }
      o.add(new Operand(p.buffer(), p.bytes(), s, p.write(), p.inner()));
    }
    Set<String> pin = new LinkedHashSet<>(pinned);
    if (pin.remove(v)) {
      pin.add(outer);
      pin.add(inner);
    }
    return new NestModel(leaf, a, o, work, finishWork, bytes, pin);
  }

  /** Loads at every step. */
  List<Operand> loads() {
    return operands.stream().filter(o -> o.inner() && !o.write()).toList();
  }

  /** Whether no element of it is used twice, by what moves elsewhere or by a window. */
  boolean isReadOnce(Operand o) {
    return data().stream()
        .filter(a -> a.extent() > 1)
        .allMatch(
            a ->
                o.on(a.name())
                    && reduced().stream()
                        .noneMatch(r -> o.overlaps(a.name(), r.name(), r.extent())));
  }

  List<Operand> stores() {
    return operands.stream().filter(Operand::write).toList();
  }
}
