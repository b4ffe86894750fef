package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt.For;
import dev.nncc.tensor.ir.Stmt.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Directives for a chosen tile. */
final class TilePlan {
  private static final int PARTIAL_RESULTS = 8;

  private static final double FULL_FILE = 0.78;

  private static final long SMALLEST_PREFETCHED = 8;

  /** Bytes from one execution of a load to the next that prefetchers follow well (of 2 KiB not). */
  private static final long FOLLOWED = 1 << 10;

  /** Copies of the steps that may be as long as if there were one. */
  private static final long MOST_COPIES = 4;

  private final NestPlan.Shape x;
  private final NestModel n;
  private final Optional<String> lane;
  private final Set<String> window;
  private final Map<String, TileChoice.Along> tile;
  private final boolean parallel;
  private final Reduce leaf;

  /** Loops around the tile, loops of the tile, reduced loops from outside in. */
  private final List<Axis> outer = new ArrayList<>();

  private final List<Axis> inner = new ArrayList<>();

  /** The axis of the model that a loop of the tile is part of. */
  private final Map<String, String> origin = new LinkedHashMap<>();

  private final Optional<ChannelTail> tail;

  private Optional<Axis> cut = Optional.empty();

  /**
   * What orders the loops around. Under a window, axes are split as their loops are. Of products
   * the model would then put pixels outside of channels, which is slower by up to 12 %: weights
   * that stay in the first cache are worth more than input that is read once more.
   */
  private NestModel loops;

  TilePlan(
      NestPlan.Shape x,
      NestModel n,
      Optional<String> lane,
      Set<String> window,
      Map<String, TileChoice.Along> tile,
      boolean parallel) {
    this.x = x;
    this.n = n;
    this.lane = lane;
    this.window = window;
    this.tile = tile;
    this.parallel = parallel;
    leaf = (Reduce) n.leaf();
    tail = ChannelTail.of(n);
    loops = n;
  }

  boolean run() {
    for (Axis d : n.data()) {
      if (!Optional.of(d.name()).equals(lane) && !place(d)) {
        return false;
      }
    }
    List<Axis> inside = new ArrayList<>(inner);
    inside.addAll(n.reduced());
    lane.flatMap(n::axis).filter(a -> !a.reduce()).ifPresent(inside::add);
    cut.ifPresent(inside::add);
    List<Axis> ordered = new LoopOrder(loops, x.m()).best(outer, inside, x.s().deviation().order());
    List<String> around = new ArrayList<>(ordered.stream().map(Axis::name).toList());
    if (cut.isPresent()) {
      return runCut(around, cut.get());
    }
    Map<String, String> names = new LinkedHashMap<>();
    return nest(around, names, parallel);
  }

  /** Decides where a data axis goes; splits it when it is in both places. */
  private boolean place(Axis d) {
    TileChoice.Along t = tile.getOrDefault(d.name(), new TileChoice.Along(1, d.extent(), 0));
    if (t.isCut()) {
      cut = Optional.of(d);
    } else if (t.size() == d.extent()) {
      inner.add(d);
    } else if (t.size() == 1) {
      outer.add(d);
    } else {
      Optional<List<String>> parts = x.split(d.name(), t.size(), "x", "r");
      if (parts.isEmpty()) {
        return false;
      }
      outer.add(new Axis(parts.get().get(0), d.extent() / t.size(), false, false));
      inner.add(new Axis(parts.get().get(1), t.size(), false, false));
      origin.put(parts.get().get(1), d.name());
      if (!window.isEmpty()) {
        loops = loops.split(d.name(), t.size(), parts.get().get(0), parts.get().get(1));
      }
    }
    return true;
  }

  /** Two parts with tiles of their own, inside all other loops around the tile. */
  private boolean runCut(List<String> around, Axis c) {
    TileChoice.Along t = tile.getOrDefault(c.name(), new TileChoice.Along(1, 1, 0));
    List<String> all = new ArrayList<>(around);
    all.add(c.name());
    remaining(all).forEach(all::add);
    if (!x.reorder(all)) {
      return false;
    }
    String rest = x.fresh().suffix(x.loop(c.name()));
    if (!x.s().attempt(new Peel(c.name(), t.cut(), false, rest))) {
      return false;
    }
    String parent = x.parent();
    if (!around.isEmpty()) {
      parent = around.get(around.size() - 1);
      if (parallel) {
        String par = x.parallel(around);
        parent = Nests.find(x.s().kernel(), parent).isPresent() ? parent : par;
      }
    }
    return part(parent, c.name(), "", t.size(), t.cut())
        && part(parent, c.name() + rest, rest, t.rest(), c.extent() - t.cut());
  }

  private List<String> remaining(List<String> named) {
    List<String> l = new ArrayList<>();
    for (Axis a : n.reduced()) {
      if (!Optional.of(a.name()).equals(lane)) {
        l.add(a.name());
      }
    }
    inner.forEach(a -> l.add(a.name()));
    lane.ifPresent(l::add);
    l.removeIf(named::contains);
    return l;
  }

  private boolean part(String parent, String v, String suffix, long size, long extent) {
    Map<String, String> names = new LinkedHashMap<>();
    remaining(List.of()).forEach(y -> names.put(y, y + suffix));
    NestPlan.Shape here = new NestPlan.Shape(x.s(), x.m(), x.fresh(), parent, x.budget());
    TilePlan p = new TilePlan(here, n, lane, window, tile, false);
    p.inner.addAll(inner);
    p.origin.putAll(origin);
    String cutAxis = v.substring(0, v.length() - suffix.length());
    List<String> around = new ArrayList<>();
    if (size == extent) {
      p.inner.add(new Axis(v, extent, false, false));
      p.origin.put(v, cutAxis);
      names.put(v, v);
    } else if (size == 1) {
      around.add(v);
    } else {
      Optional<List<String>> parts = x.split(v, size, "x", "r");
      if (parts.isEmpty()) {
        return false;
      }
      around.add(parts.get().get(0));
      p.inner.add(new Axis(parts.get().get(1), size, false, false));
      p.origin.put(parts.get().get(1), cutAxis);
    }
    return p.nest(around, names, false);
  }

  /**
   * Orders, unrolls, vectorises and accumulates one nest.
   *
   * @param names what the loops are called here, where not as in the model
   */
  private boolean nest(List<String> around, Map<String, String> names, boolean par) {
    Steps steps = new Steps(names);
    if (!steps.choose()) {
      return false;
    }
    List<String> order = new ArrayList<>(around);
    order.addAll(steps.loops());
    if (!x.reorder(order) || !x.unroll(steps.unrolled())) {
      return false;
    }
    if (lane.isPresent()
        && !x.s().attempt(new SetKind(names.getOrDefault(lane.get(), lane.get()), Kind.VEC))) {
      return false;
    }
    String at = around.isEmpty() ? x.parent() : around.get(around.size() - 1);
    if (par && !around.isEmpty()) {
      String p = x.parallel(around);
      at = Nests.find(x.s().kernel(), at).isPresent() ? at : p;
    }
    String into = leaf.outputs().get(0).buffer().name();
    if (!x.s().attempt(new Accumulate(into, at, x.fresh().name("acc"), steps.privates))) {
      return false;
    }
    steps.prefetch(at);
    steps.trim();
    steps.lift();
    return steps.clip();
  }

  /** The reduced loops and the tile, from outside in. */
  private final class Steps {
    private final Map<String, String> names;
    private final List<String> serial = new ArrayList<>();
    private final List<String> steps = new ArrayList<>();
    private final List<String> pinned = new ArrayList<>();
    private final List<String> privates = new ArrayList<>();

    Steps(Map<String, String> names) {
      this.names = names;
    }

    private String name(String v) {
      return names.getOrDefault(v, v);
    }

    boolean choose() {
      List<Axis> reduced = new ArrayList<>();
      for (Axis r : n.reduced()) {
        if (Optional.of(r.name()).equals(lane) || window.contains(r.name())) {
          continue;
        }
        if (n.pinned().contains(r.name())) {
          pinned.add(name(r.name()));
        } else {
          reduced.add(r);
        }
      }
      if (n.merges()) {
        reduced.sort(Comparator.comparingLong((Axis r) -> -reach(r)));
      }
      reduced.forEach(r -> serial.add(name(r.name())));
      if (reduced.isEmpty()) {
        return true;
      }
      Axis last = reduced.get(reduced.size() - 1);
      if (!partial(last)) {
        unrolledStep(last);
      }
      return true;
    }

    private long reach(Axis r) {
      return n.loads().stream().mapToLong(o -> Math.abs(o.at(r.name()))).sum();
    }

    /** Accumulators that are updated independently. */
    private long tileSize() {
      long states = Form.of(leaf).map(f -> f.ops().size()).orElse(1);
      return inner.stream().mapToLong(Axis::extent).reduce(states, (p, q) -> p * q);
    }

    /** Independent partial results where the tile alone cannot hide the latency. */
    private boolean partial(Axis r) {
      boolean few =
          tileSize() < ReducePlan.FEW && r.extent() >= 2 * ReducePlan.FEW && !r.symbolic();
      if (!few || lane.isEmpty() || !n.merges()) {
        return false;
      }
      if (!Nests.guards(x.loop(serial.get(0))).isEmpty()) {
        return false;
      }
      long most = Math.min(PARTIAL_RESULTS, (x.m().registers() - 2) / tileSize() / 2);
      return inPieces(r, NestPlan.Shape.divisor(together(r), most), "p", privates);
    }

    /** Some steps of the innermost loop at a time, to pay for the loop. */
    private void unrolledStep(Axis r) {
      if (r.symbolic() || lane.isEmpty() && tileSize() == 1) {
        return;
      }
      // nearly full register files: long blocks make the code generator spill
      long budget = tileSize() > FULL_FILE * x.m().registers() ? x.budget() * 2L / 3 : x.budget();
      // so do many copies of the steps
      long copies = n.clipped().map(Axis::extent).orElse(1L);
      budget = Math.min(budget, budget * MOST_COPIES / copies);
      long most = Math.max(1, Math.min(8, budget / tileSize()) / x.s().deviation().shorter());
      long read =
          n.loads().stream().filter(n::isReadOnce).mapToLong(o -> o.pitch(r)).max().orElse(0);
      most = read == 0 || read > FOLLOWED / 2 ? most : Math.min(most, FOLLOWED / read);
      inPieces(r, NestPlan.Shape.divisor(together(r), most), "u", new ArrayList<>());
    }

    private long together(Axis r) {
      return tail.filter(t -> t.inner().equals(r)).map(ChannelTail::together).orElse(r.extent());
    }

    /** The steps that a last block lacks are left out. */
    void trim() {
      if (tail.isEmpty()) {
        return;
      }
      String outside = name(tail.get().outer().name());
      String whole = name(tail.get().inner().name());
      For v = x.loop(outside);
      Nests.loops(v).stream()
          .map(For::var)
          .filter(w -> w.equals(whole) || serial.contains(w) && w.startsWith(whole))
          .findFirst()
          .ifPresent(w -> x.s().attempt(new Trim(outside, w, x.fresh().suffix(v))));
    }

    /** What a condition of data and reduced loops leaves out is not even looked at. */
    void lift() {
      n.guard()
          .filter(g -> n.data().stream().anyMatch(g::moves))
          .flatMap(
              g ->
                  n.reduced().stream()
                      .filter(r -> g.moves(r) && !Optional.of(r).equals(n.clipped()))
                      .map(r -> name(r.name()))
                      .findFirst())
          .ifPresent(r -> x.s().attempt(new Lift(r)));
    }

    /** Places of the tile that a condition leaves out have no code. */
    boolean clip() {
      Optional<String> r = n.clipped().map(a -> name(a.name()));
      if (r.isEmpty()) {
        return true;
      }
      List<String> copies =
          Nests.loops(x.loop(serial.get(0))).stream()
              .filter(f -> f.var().equals(r.get()) || f.var().startsWith(r.get() + "_"))
              .filter(Clip::applies)
              .map(For::var)
              .toList();
      return copies.stream()
          .allMatch(v -> x.s().attempt(new Clip(v)) || x.s().attempt(new Lift(v)));
    }

    private boolean inPieces(Axis r, long u, String mark, List<String> also) {
      String v = serial.get(serial.size() - 1);
      if (u < 2) {
        return false;
      }
      String piece = v;
      if (u < r.extent()) {
        Optional<List<String>> parts = x.split(v, u, "s", mark);
        if (parts.isEmpty()) {
          return false;
        }
        serial.set(serial.size() - 1, parts.get().get(0));
        piece = parts.get().get(1);
      } else {
        serial.remove(serial.size() - 1);
      }
      steps.add(piece);
      also.add(piece);
      return true;
    }

    void prefetch(String around) {
      if (serial.isEmpty() || lane.isEmpty()) {
        return;
      }
      TileHints hints = new TileHints(x, n, serial.get(serial.size() - 1));
      if (n.axis(lane.get()).map(Axis::reduce).orElse(false)) {
        hints.forRows();
      } else {
        Axis r =
            n.reduced().stream()
                .filter(a -> serial.get(serial.size() - 1).startsWith(name(a.name())))
                .findFirst()
                .orElseThrow();
        if (tileSize() >= SMALLEST_PREFETCHED) {
          List<String> of = inner.stream().map(Axis::name).toList();
          hints.forWeights(r, lane.get(), of.stream().map(v -> origin.getOrDefault(v, v)).toList());
        }
        long streams = inner.stream().mapToLong(Axis::extent).reduce(1, (p, q) -> p * q);
        hints.forNextTile(r, lane.get(), around, streams);
      }
    }

    List<String> unrolled() {
      List<String> l = new ArrayList<>(steps);
      window.forEach(w -> l.add(name(w)));
      l.addAll(pinned);
      inner.forEach(a -> l.add(name(a.name())));
      return l;
    }

    List<String> loops() {
      List<String> l = new ArrayList<>(serial);
      l.addAll(steps);
      List<String> w = window.stream().map(this::name).toList();
      l.addAll(w.subList(0, Math.max(0, w.size() - 1)));
      List<Axis> tile = new ArrayList<>(inner);
      // axes that slide over the window inside: what they share lives shortly then; of the others
      // those that move no vector operand outside: its loads are shared by the tile
      tile.sort(Comparator.comparing(this::slides).thenComparingLong(this::wideOperandsOn));
      tile.forEach(a -> l.add(name(a.name())));
      if (!w.isEmpty()) {
        l.add(w.get(w.size() - 1));
      }
      l.addAll(pinned);
      lane.ifPresent(v -> l.add(name(v)));
      return l;
    }

    private boolean slides(Axis a) {
      String axis = origin.getOrDefault(a.name(), a.name());
      return n.reduced().stream()
          .filter(r -> window.contains(r.name()))
          .anyMatch(r -> n.loads().stream().anyMatch(o -> o.overlaps(axis, r.name(), r.extent())));
    }

    private long wideOperandsOn(Axis a) {
      String axis = origin.getOrDefault(a.name(), a.name());
      return n.loads().stream()
          .filter(o -> lane.isPresent() && o.on(lane.get()) && o.on(axis))
          .count();
    }
  }
}
