package dev.nncc.tensor.schedule;

import dev.nncc.graph.DType;
import dev.nncc.tensor.index.Affine;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Expr.Bin;
import dev.nncc.tensor.ir.Expr.BinOp;
import dev.nncc.tensor.ir.Expr.Load;
import dev.nncc.tensor.ir.Expr.Select;
import dev.nncc.tensor.ir.Expr.Var;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.Alloc;
import dev.nncc.tensor.ir.Stmt.Block;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.If;
import dev.nncc.tensor.ir.Stmt.Kind;
import dev.nncc.tensor.ir.Stmt.Let;
import dev.nncc.tensor.ir.Stmt.Store;
import dev.nncc.tensor.ir.Stmt.Update;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** The explicit form of one reduction: the work of {@link Accumulate}. */
final class Accumulation {
  private final String name;
  private final Stmt nest;
  private final Reduce r;
  private final List<For> below;
  private final List<For> outer;
  private final List<For> data;
  private final List<For> parts;
  private final List<For> dims = new ArrayList<>();
  private final List<Expr> guards;
  private final Optional<Form> form;

  /** One register block a state. */
  private final List<Buffer> acc = new ArrayList<>();

  private final List<Expr> at;

  /**
   * @param below the loops of the nest, outside in
   * @param outer the reduced loops around the place
   */
  Accumulation(
      String name, Stmt nest, Reduce r, List<For> below, List<String> privates, List<For> outer) {
    this.name = name;
    this.nest = nest;
    this.r = r;
    this.below = below;
    this.outer = outer;
    guards = Nests.guards(nest);
    form = Form.of(r);
    data = below.stream().filter(f -> !r.over().contains(f.var())).toList();
    parts =
        below.stream()
            .filter(f -> r.over().contains(f.var()))
            .filter(f -> f.kind() == Kind.VEC || privates.contains(f.var()))
            .toList();
    check();
    dims.addAll(data);
    dims.addAll(parts);
    for (int i = 0; i < r.states().size(); i++) {
      String n = i == 0 ? name : name + "_" + i;
      acc.add(Nests.registers(n, r.states().get(i).type(), dims));
    }
    at = dims.isEmpty() ? zero() : dims.stream().map(f -> (Expr) Exprs.var(f.var())).toList();
  }

  private void check() {
    if (data.stream().anyMatch(f -> !f.isConstant())
        || parts.stream().anyMatch(f -> !f.isConstant())) {
      throw new Illegal("accumulators of unknown number");
    }
    if (below.stream().anyMatch(f -> f.kind() == Kind.PAR)) {
      throw new Illegal("a parallel loop inside");
    }
    if (!parts.isEmpty() && (r.combine().isEmpty() || !guards.isEmpty())) {
      throw new Illegal("no partial results here");
    }
    if (parts.stream().anyMatch(f -> f.kind() == Kind.VEC) && form.isEmpty()) {
      throw new Illegal("lanes merge by operators only");
    }
    if (outer.isEmpty()) {
      return;
    }
    boolean carried =
        parts.isEmpty()
            && r.states().size() == 1
            && r.outputs().size() == 1
            && r.outputs().get(0).when().isEmpty()
            && r.states().get(0).type() == r.outputs().get(0).buffer().type();
    if (!carried) {
      throw new Illegal("the accumulator cannot be kept in the result");
    }
  }

  private static List<Expr> zero() {
    return List.of(Exprs.index(0));
  }

  Stmt explicit() {
    Stmt made = Block.of(List.of(init(), update(), finish()));
    for (Buffer b : acc) {
      made = new Alloc(b, made);
    }
    return made;
  }

  private Stmt each(Function<Integer, Stmt> statement) {
    List<Stmt> l = new ArrayList<>();
    for (int i = 0; i < acc.size(); i++) {
      l.add(statement.apply(i));
    }
    return Block.of(l);
  }

  private Stmt init() {
    if (!parts.isEmpty()) {
      List<Expr> identity = r.combine().orElseThrow().identity();
      return Nests.nest(
          Nests.vectorLast(dims), each(i -> new Store(acc.get(i), at, identity.get(i))));
    }
    Stmt start = each(i -> new Store(acc.get(i), at, r.states().get(i).init()));
    Stmt fresh = Nests.nest(Nests.vectorLast(dims), Nests.guarded(guards, start));
    if (outer.isEmpty()) {
      return fresh;
    }
    Reduce.Output o = r.outputs().get(0);
    Stmt carried = new Store(acc.get(0), at, new Load(o.buffer(), o.index()));
    Stmt again = Nests.nest(Nests.vectorLast(dims), Nests.guarded(guards, carried));
    return new If(when(f -> Exprs.index(0)), fresh, Optional.of(again));
  }

  /** All outer reduced loops at a place of theirs. */
  private Expr when(Function<For, Expr> place) {
    return outer.stream()
        .map(f -> (Expr) new Bin(BinOp.EQ, Exprs.var(f.var()), place.apply(f)))
        .reduce(Exprs::and)
        .orElseThrow();
  }

  private Stmt update() {
    Stmt step =
        form.map(f -> each(i -> updated(i, f.ops().get(i), f.values().get(i))))
            .orElseGet(this::stepOfAll);
    return rebuilt(nest, step);
  }

  /** The nest around another leaf. */
  private static Stmt rebuilt(Stmt s, Stmt leaf) {
    if (s instanceof For f) {
      return f.with(rebuilt(f.body(), leaf));
    }
    if (s instanceof If i) {
      return new If(i.condition(), rebuilt(i.yes(), leaf), Optional.empty());
    }
    return leaf;
  }

  /** A select between a value and the identity is a condition on the update. */
  private Stmt updated(int i, BinOp op, Expr value) {
    Expr identity = r.combine().orElseThrow().identity().get(i);
    if (value instanceof Select s && s.no().equals(identity)) {
      Expr plain = Split.unclamped(s.yes(), s.condition());
      return new If(s.condition(), updated(i, op, plain), Optional.empty());
    }
    return new Update(acc.get(i), at, op, value);
  }

  /** All states at once: the new values are bound before the first is stored. */
  private Stmt stepOfAll() {
    List<Expr> next = r.next().stream().map(e -> atStates(e, "", at)).toList();
    if (acc.size() == 1) {
      return new Store(acc.get(0), at, next.get(0));
    }
    Stmt stores = each(i -> new Store(acc.get(i), at, new Var(fresh(i), type(i))));
    for (int i = acc.size() - 1; i >= 0; i--) {
      stores = new Let(fresh(i), next.get(i), stores);
    }
    return stores;
  }

  private String fresh(int i) {
    return name + "_next" + i;
  }

  private DType type(int i) {
    return r.states().get(i).type();
  }

  /** The states, with that mark behind their names, read from the registers. */
  private Expr atStates(Expr e, String mark, List<Expr> index) {
    Expr x = e;
    for (int i = 0; i < acc.size(); i++) {
      Expr load = new Load(acc.get(i), index);
      x = Exprs.substitute(x, r.states().get(i).name() + mark, load);
    }
    return x;
  }

  private Stmt finish() {
    if (!parts.isEmpty()) {
      return mergedFinish();
    }
    Stmt outputs = outputs(e -> atStates(e, "", at));
    List<For> loops = alongResult(Nests.vectorLast(data));
    Stmt whole = Nests.nest(loops, Nests.guarded(guards, outputs));
    if (outer.isEmpty()) {
      return whole;
    }
    Reduce.Output o = r.outputs().get(0);
    Stmt keep = new Store(o.buffer(), o.index(), new Load(acc.get(0), at));
    Stmt carried = Nests.nest(Nests.vectorLast(data), Nests.guarded(guards, keep));
    Expr last = when(f -> Exprs.sub(f.extent(), Exprs.index(1)));
    return new If(last, whole, Optional.of(carried));
  }

  /**
   * Unrolled loops in the order in which the result lies: stores that change between places of it
   * take issue slots of the multiply-adds behind them.
   */
  private List<For> alongResult(List<For> loops) {
    boolean free = loops.stream().allMatch(f -> f.kind() == Kind.UNROLL || f.kind() == Kind.VEC);
    if (!free) {
      return loops;
    }
    Reduce.Output o = r.outputs().get(0);
    Affine place = Affine.constant(0);
    for (int d = 0; d < o.index().size(); d++) {
      place = place.plus(Affine.of(o.index().get(d)).times(o.buffer().strides().get(d)));
    }
    Affine to = place;
    Comparator<For> vectors = Comparator.comparing(f -> f.kind() == Kind.VEC);
    List<For> sorted = new ArrayList<>(loops);
    sorted.sort(vectors.thenComparingLong(f -> -Math.abs(step(to, f.var()))));
    return sorted;
  }

  private static long step(Affine to, String v) {
    return to.isLinearIn(v) ? to.coefficient(v) : 0;
  }

  /** The epilogue and the stores, with the states' values put in. */
  private Stmt outputs(UnaryOperator<Expr> states) {
    List<Stmt> stores = new ArrayList<>();
    for (Reduce.Output o : r.outputs()) {
      stores.add(o.store(states));
    }
    Stmt s = Block.of(stores);
    for (int i = r.lets().size() - 1; i >= 0; i--) {
      Reduce.Binding b = r.lets().get(i);
      s = new Let(b.name(), states.apply(b.value()), s);
    }
    return s;
  }

  private Expr atTotals(Expr e, List<Buffer> total) {
    Expr x = e;
    for (int i = 0; i < acc.size(); i++) {
      x = Exprs.substitute(x, r.states().get(i).name(), new Load(total.get(i), zero()));
    }
    return x;
  }

  /** Partial results fold pairwise, then across the lanes, then into the starting value. */
  private Stmt mergedFinish() {
    List<Buffer> total = new ArrayList<>();
    for (int i = 0; i < acc.size(); i++) {
      total.add(Nests.registers(acc.get(i).name() + "_sum", type(i), List.of()));
    }
    List<Stmt> steps = new ArrayList<>(fold());
    for (int i = 0; i < acc.size(); i++) {
      steps.add(new Store(total.get(i), zero(), r.states().get(i).init()));
    }
    List<Expr> folded = new ArrayList<>(at);
    List<For> lanes = new ArrayList<>();
    for (int p = 0; p < parts.size(); p++) {
      if (parts.get(p).kind() == Kind.VEC) {
        lanes.add(parts.get(p));
      } else {
        folded.set(data.size() + p, Exprs.index(0));
      }
    }
    steps.add(Nests.nest(lanes, mergeInto(total, zero(), folded, "_sum")));
    steps.add(outputs(e -> atTotals(e, total)));
    Stmt all = Block.of(steps);
    for (Buffer b : total) {
      all = new Alloc(b, all);
    }
    return Nests.nest(data, all);
  }

  /** acc[q] merges with acc[q + n - n/2], n becomes n - n/2, until one is left. */
  private List<Stmt> fold() {
    List<Stmt> l = new ArrayList<>();
    List<Expr> base = new ArrayList<>(at);
    for (int p = 0; p < parts.size(); p++) {
      if (parts.get(p).kind() == Kind.VEC) {
        continue;
      }
      List<For> rest = new ArrayList<>(parts.subList(p + 1, parts.size()));
      rest.addAll(parts.subList(0, p).stream().filter(f -> f.kind() == Kind.VEC).toList());
      rest = Nests.vectorLast(unrolled(rest));
      for (long n = parts.get(p).trip(); n > 1; n -= n / 2) {
        for (long q = 0; q < n / 2; q++) {
          List<Expr> to = new ArrayList<>(base);
          List<Expr> from = new ArrayList<>(base);
          to.set(data.size() + p, Exprs.index(q));
          from.set(data.size() + p, Exprs.index(q + n - n / 2));
          l.add(Nests.nest(rest, mergeInto(acc, to, from, "_" + p + "_" + n + "_" + q)));
        }
      }
      base.set(data.size() + p, Exprs.index(0));
    }
    return l;
  }

  private static List<For> unrolled(List<For> loops) {
    return loops.stream().map(f -> f.kind() == Kind.VEC ? f : f.with(Kind.UNROLL)).toList();
  }

  /** {@code target[to] = merge(target[to], acc[from])} for all states. */
  private Stmt mergeInto(List<Buffer> target, List<Expr> to, List<Expr> from, String mark) {
    if (form.isPresent()) {
      return each(
          i -> new Update(target.get(i), to, form.get().ops().get(i), new Load(acc.get(i), from)));
    }
    Stmt stores = each(i -> new Store(target.get(i), to, new Var(fresh(i) + mark, type(i))));
    for (int i = acc.size() - 1; i >= 0; i--) {
      Expr v = atStates(r.combine().orElseThrow().merged().get(i), "'", from);
      for (int j = 0; j < acc.size(); j++) {
        v = Exprs.substitute(v, r.states().get(j).name(), new Load(target.get(j), to));
      }
      stores = new Let(fresh(i) + mark, v, stores);
    }
    return stores;
  }
}
