package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt.For;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The loops of one tile, from outside in: reduced ones, of which some steps stand together. */
final class TileSteps {
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
  private final List<Axis> inner;
  private final Map<String, String> origin;
  private final Optional<ChannelTail> tail;
  private final Map<String, String> names;
  private final List<String> serial = new ArrayList<>();
  private final List<String> steps = new ArrayList<>();
  private final List<String> pinned = new ArrayList<>();
  private final List<String> privates = new ArrayList<>();

  /**
   * @param inner loops of the tile
   * @param origin the axis of the model that a loop of the tile is part of
   * @param names what the loops are called here, where not as in the model
   */
  TileSteps(
      NestPlan.Shape x,
      NestModel n,
      Optional<String> lane,
      Set<String> window,
      List<Axis> inner,
      Map<String, String> origin,
      Map<String, String> names) {
    this.x = x;
    this.n = n;
    this.lane = lane;
    this.window = window;
    this.inner = inner;
    this.origin = origin;
    this.names = names;
    tail = ChannelTail.of(n);
  }

  List<String> privates() {
    return privates;
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
    long states = Form.of((Reduce) n.leaf()).map(f -> f.ops().size()).orElse(1);
    return inner.stream().mapToLong(Axis::extent).reduce(states, (p, q) -> p * q);
  }

  /** Independent partial results where the tile alone cannot hide the latency. */
  private boolean partial(Axis r) {
    boolean few = tileSize() < ReducePlan.FEW && r.extent() >= 2 * ReducePlan.FEW && !r.symbolic();
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
    long read = n.loads().stream().filter(n::isReadOnce).mapToLong(o -> o.pitch(r)).max().orElse(0);
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
    if (r.isEmpty() || serial.isEmpty()) {
      return true;
    }
    List<String> copies =
        Nests.loops(x.loop(serial.get(0))).stream()
            .filter(f -> f.var().equals(r.get()) || f.var().startsWith(r.get() + "_"))
            .filter(Clip::applies)
            .map(For::var)
            .toList();
    return copies.stream().allMatch(v -> x.s().attempt(new Clip(v)) || x.s().attempt(new Lift(v)));
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
