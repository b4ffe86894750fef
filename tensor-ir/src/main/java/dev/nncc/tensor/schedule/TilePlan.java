package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Directives for a chosen tile. */
final class TilePlan {
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
    double chunks = 1;
    for (String v : around) {
      chunks *= x.loop(v).isConstant() ? x.loop(v).trip() : AutoSchedule.CHUNKS;
    }
    if (parallel && TileChoice.isFew(chunks) && TileChoice.isInChunks(n, c.name(), t)) {
      return inChunks(around, c, t);
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
    return part(c, parent, c.name(), "", t.size(), t.cut())
        && part(c, parent, c.name() + rest, rest, t.rest(), c.extent() - t.cut());
  }

  /** The tiles of an axis as chunks of the parallel loop, of which the last is smaller. */
  private boolean inChunks(List<String> around, Axis c, TileChoice.Along t) {
    String chunk = x.fresh().name(c.name() + "x");
    String in = x.fresh().name(c.name() + "r");
    String rest = x.fresh().suffix(x.loop(c.name()), in);
    if (!x.s().attempt(new Ragged(c.name(), t.size(), chunk, in, rest))) {
      return false;
    }
    List<String> outer = new ArrayList<>(around);
    outer.add(chunk);
    String parent = x.parallel(outer);
    parent = Nests.find(x.s().kernel(), chunk).isPresent() ? chunk : parent;
    return part(c, parent, in, "", t.size(), t.size())
        && part(c, parent, in + rest, rest, t.rest(), t.rest());
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

  private boolean part(
      Axis cutAxis, String parent, String v, String suffix, long size, long extent) {
    Map<String, String> names = new LinkedHashMap<>();
    remaining(List.of()).forEach(y -> names.put(y, y + suffix));
    NestPlan.Shape here = new NestPlan.Shape(x.s(), x.m(), x.fresh(), parent, x.budget());
    TilePlan p = new TilePlan(here, n, lane, window, tile, false);
    p.inner.addAll(inner);
    p.origin.putAll(origin);
    List<String> around = new ArrayList<>();
    if (size == extent) {
      p.inner.add(new Axis(v, extent, false, false));
      p.origin.put(v, cutAxis.name());
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
      p.origin.put(parts.get().get(1), cutAxis.name());
    }
    return p.nest(around, names, false);
  }

  /**
   * Orders, unrolls, vectorises and accumulates one nest.
   *
   * @param names what the loops are called here, where not as in the model
   */
  private boolean nest(List<String> around, Map<String, String> names, boolean par) {
    TileSteps steps = new TileSteps(x, n, lane, window, inner, origin, names);
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
    if (!x.s().attempt(new Accumulate(into, at, x.fresh().name("acc"), steps.privates()))) {
      return false;
    }
    steps.prefetch(at);
    steps.trim();
    steps.lift();
    return steps.clip();
  }
}
