package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Reduce;
import dev.nncc.tensor.ir.Stmt.Kind;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reductions: a tile of accumulators in registers over the whole reduction. */
final class ReducePlan {
  /** Windows up to this length are unrolled. */
  private static final long WINDOW = 5;

  /** Parallel chunks along an axis whose last vector is shorter. */
  private static final long CHUNKS_OF_A_CUT = 12;

  private static final long MOST_CHUNKS = 48;

  /** Too few accumulators to hide the latency of one. */
  static final long FEW = 4;

  private final NestPlan.Shape x;

  ReducePlan(NestPlan.Shape shape) {
    x = shape;
  }

  boolean run(String head, boolean parallel) {
    NestModel n = x.model(head);
    Optional<VectorChoice> v = VectorChoice.of(n, Deps.of(x.loop(head)), x.m());
    Reduce r = (Reduce) n.leaf();
    if (v.isEmpty()) {
      return tiled(head, n, Optional.empty(), 1, parallel);
    }
    if (new PackedPlan(x).run(n, v.get(), parallel)) {
      return true;
    }
    Axis a = v.get().axis();
    int lanes = v.get().lanes();
    if (a.extent() == lanes) {
      return tiled(head, n, Optional.of(a.name()), lanes, parallel);
    }
    boolean exact = a.extent() % lanes == 0;
    if (!exact && !x.m().masks()) {
      return a.reduce() ? reducedTail(n, v.get(), r, parallel) : dataTail(n, v.get(), parallel);
    }
    String q = x.fresh().name(a.name() + "q");
    String l = x.fresh().name(a.name() + "l");
    if (!x.s().attempt(new Split(a.name(), lanes, q, l, !exact))) {
      return false;
    }
    String first = head.equals(a.name()) ? q : head;
    return tiled(first, n.split(a.name(), lanes, q, l), Optional.of(l), lanes, parallel);
  }

  /** Without masks: whole vectors of the row, then the rest, partial sums handed over. */
  private boolean reducedTail(NestModel n, VectorChoice v, Reduce r, boolean parallel) {
    String a = v.axis().name();
    List<String> order = new ArrayList<>(n.data().stream().map(Axis::name).toList());
    List<String> reduced = new ArrayList<>(r.over());
    reduced.remove(a);
    String at = order.isEmpty() ? x.parent() : order.get(order.size() - 1);
    order.add(a);
    order.addAll(reduced);
    if (!x.reorder(order)) {
      return false;
    }
    String rest = x.fresh().suffix(x.loop(a));
    if (!x.s().attempt(new Peel(a, v.lanes(), true, rest))) {
      return false;
    }
    if (parallel && order.size() > 1 + reduced.size()) {
      String par = x.parallel(order.subList(0, order.indexOf(a)));
      at = Nests.find(x.s().kernel(), at).isPresent() ? at : par;
    }
    NestPlan.Shape inner = new NestPlan.Shape(x.s(), x.m(), x.fresh(), at, x.budget());
    return new ReducePlan(inner).run(a, false) && new ReducePlan(inner).run(a + rest, false);
  }

  /** Without masks: a part of whole vectors and a part of narrower ones, each a nest of its own. */
  private boolean dataTail(NestModel n, VectorChoice v, boolean parallel) {
    String a = v.axis().name();
    long vectors = v.axis().extent() / v.lanes();
    long size = (vectors + CHUNKS_OF_A_CUT - 1) / CHUNKS_OF_A_CUT * v.lanes();
    if (parallel) {
      return ragged(n, a, size);
    }
    if (!x.reorder(outermost(n, a))) {
      return false;
    }
    String rest = x.fresh().suffix(x.loop(a));
    return x.s().attempt(new Peel(a, v.lanes(), true, rest))
        && run(a, false)
        && run(a + rest, false);
  }

  private static List<String> outermost(NestModel n, String a) {
    List<String> order = new ArrayList<>(List.of(a));
    n.axes().stream().map(Axis::name).filter(y -> !y.equals(a)).forEach(order::add);
    return order;
  }

  /** Chunks of one axis in parallel, the last one shorter; each kind is a nest of its own. */
  private boolean ragged(NestModel n, String a, long size) {
    String p = x.fresh().name("p");
    String c = x.fresh().name(a + "c");
    boolean exact = n.axis(a).orElseThrow().extent() % size == 0;
    if (!x.reorder(outermost(n, a))) {
      return false;
    }
    String rest = x.fresh().suffix(x.loop(a), c);
    Directive d = exact ? new Split(a, size, p, c, false) : new Ragged(a, size, p, c, rest);
    if (!x.s().attempt(d)) {
      return false;
    }
    x.s().attempt(new SetKind(p, Kind.PAR));
    NestPlan.Shape inner = new NestPlan.Shape(x.s(), x.m(), x.fresh(), p, x.budget());
    return new ReducePlan(inner).run(c, false)
        && (exact || new ReducePlan(inner).run(c + rest, false));
  }

  private boolean tiled(
      String head, NestModel n, Optional<String> lane, int lanes, boolean parallel) {
    Set<String> window = windows(n, lane);
    boolean onlyWindow =
        !window.isEmpty()
            && n.reduced().stream()
                .map(Axis::name)
                .allMatch(y -> window.contains(y) || Optional.of(y).equals(lane));
    Set<String> around = onlyWindow ? window : Set.of();
    boolean guarded = !Nests.guards(x.loop(head)).isEmpty();
    Map<String, TileChoice.Along> tile =
        new TileChoice(n, x.m(), lane, lanes, around, !guarded && x.mayCut(), parallel)
            .best(x.s().deviation().tile());
    if (parallel) {
      Optional<String> chunked = chunkedCut(n, lane, tile);
      if (chunked.isPresent()) {
        TileChoice.Along t = tile.getOrDefault(chunked.get(), new TileChoice.Along(1, 1, 0));
        long tiles = n.axis(chunked.get()).orElseThrow().extent() / t.size();
        long size = Math.max(1, Math.min(tiles / TileChoice.CHUNK_OF_TILES, tiles / MOST_CHUNKS));
        return ragged(n, chunked.get(), Math.max(TileChoice.CHUNK_OF_TILES, size) * t.size());
      }
    }
    return new TilePlan(x, n, lane, around, tile, parallel).run();
  }

  /** A cut axis that is long while the loops around are few: its chunks run in parallel. */
  private static Optional<String> chunkedCut(
      NestModel n, Optional<String> lane, Map<String, TileChoice.Along> tile) {
    double around = 1;
    Optional<String> cut = Optional.empty();
    for (Axis d : n.data()) {
      TileChoice.Along t = tile.getOrDefault(d.name(), new TileChoice.Along(1, d.extent(), 0));
      if (t.isCut() && t.isLong(d.extent())) {
        cut = Optional.of(d.name());
      } else if (!Optional.of(d.name()).equals(lane)) {
        around *= (double) d.extent() / t.size();
      }
    }
    return TileChoice.isFew(around) ? cut : Optional.empty();
  }

  /** Short reduced axes that add to a data axis in some operand. */
  private static Set<String> windows(NestModel n, Optional<String> lane) {
    Set<String> w = new LinkedHashSet<>();
    for (Axis r : n.reduced()) {
      if (r.extent() > WINDOW
          || n.pinned().contains(r.name())
          || Optional.of(r.name()).equals(lane)) {
        continue;
      }
      boolean overlaps =
          n.data().stream()
              .anyMatch(
                  d ->
                      n.loads().stream().anyMatch(o -> o.overlaps(d.name(), r.name(), r.extent())));
      if (overlaps) {
        w.add(r.name());
      }
    }
    return w;
  }
}
