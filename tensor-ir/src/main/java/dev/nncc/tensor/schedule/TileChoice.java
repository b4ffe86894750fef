package dev.nncc.tensor.schedule;

import dev.nncc.tensor.ir.Reduce;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The register tile: of all sizes along the data axes that fit the registers, the one with the
 * fewest cycles for the whole nest. Sizes need not divide: one axis may be cut in two parts with
 * tiles of different sizes.
 */
final class TileChoice {
  /**
   * Tiles along one axis: of {@code size} up to {@code cut}, then of {@code rest} (0: no second
   * part).
   */
  record Along(long size, long cut, long rest) {
    boolean isCut() {
      return rest > 0;
    }

    /** Whether one tile is all that is left, so that it can be a chunk like the others. */
    boolean hasOneLast(long extent) {
      return isCut() && cut == extent / size * size && rest == extent - cut;
    }

    /** Enough tiles to run several of them as a chunk. */
    boolean isLong(long extent) {
      return extent / size >= LONG;
    }
  }

  private static final long LONG = 32;

  /** Tiles of a cut axis that make a chunk. */
  static final long CHUNK_OF_TILES = 8;

  private static final double TILE_START = 16;

  /** Operations behind a sum that a function takes. */
  private static final double MUCH_WORK = 15;

  /** Registers that a function of a sum takes at most. */
  private static final double FINISH = 8;

  private static final double TILE_FINISH = 1.5;
  private static final double TIES = 0.002;

  /** A vector from the second level cache pays when it feeds this many; each one missing costs. */
  private static final double FED = 11;

  private static final double STARVED = 0.012;
  private static final double CACHE_LINE = 64;

  private static final double SCATTERED = 0.05;

  /** What a tile of 25 pixels takes more than one of 9 pixels by three vectors. */
  private static final double CONTENTION = 0.1;

  /** No cut for tiles smaller than this: the gain does not pay for the code. */
  private static final long SMALLEST_CUT = 4;

  /** Rows of small maps may be cut in any way. */
  private static final long SHORT = 8;

  /** A cut doubles the code and keeps a loop inside the others. */
  private static final double CUT_PENALTY = 1.02;

  /** Chunks that all workers should find, and what each one missing costs. */
  private static final double CHUNKS = 10;

  private static final double CHUNK_PENALTY = 0.03;

  /** Tiles that cost more than so many times the best are no candidates of a search. */
  private static final double WORTH_TRYING = 1.6;

  private static final int PARTIAL_RESULTS = 8;

  /** Steps that are unrolled together. */
  private static final long MOST_STEPS = 8;

  private final NestModel n;
  private final Machine m;
  private final Optional<String> lane;
  private final int lanes;
  private final Set<String> window;
  private final boolean mayCut;
  private final boolean parallel;
  private final List<Axis> data;
  private final boolean merges;
  private final TileTraffic traffic;
  private final Map<String, Along> best = new LinkedHashMap<>();
  private final List<Ranked> all = new ArrayList<>();
  private final Map<List<Long>, Double> cycles = new LinkedHashMap<>();
  private double cost = Double.MAX_VALUE;

  /**
   * @param window reduced axes that are unrolled around the tile; their loads overlap
   */
  TileChoice(
      NestModel n,
      Machine m,
      Optional<String> lane,
      int lanes,
      Set<String> window,
      boolean mayCut,
      boolean parallel) {
    this.n = n;
    this.m = m;
    this.lane = lane;
    this.lanes = lanes;
    this.window = window;
    this.mayCut = mayCut;
    this.parallel = parallel;
    merges = n.merges();
    data = n.data().stream().filter(a -> !Optional.of(a.name()).equals(lane)).toList();
    traffic = new TileTraffic(n, lane, lanes, window, data);
  }

  private record Ranked(double cost, Map<String, Along> tile) {}

  /**
   * The tile with the fewest cycles, or one that is worse.
   *
   * @param rank 0: the best; the best too where there are not so many that are nearly as good
   */
  Map<String, Along> best(int rank) {
    enumerate(0, new LinkedHashMap<>(), 1, false);
    if (rank == 0) {
      return best;
    }
    all.sort(Comparator.comparingDouble(Ranked::cost));
    all.removeIf(r -> r.tile.equals(best) || r.cost > WORTH_TRYING * cost);
    return rank <= all.size() ? all.get(rank - 1).tile : best;
  }

  private void enumerate(int i, Map<String, Along> tile, long acc, boolean cut) {
    if (i == data.size()) {
      double c = total(tile);
      all.add(new Ranked(c, new LinkedHashMap<>(tile)));
      if (c < cost - 1e-9) {
        cost = c;
        best.clear();
        best.putAll(tile);
      }
      return;
    }
    Axis d = data.get(i);
    for (Along a : options(d, m.registers() / acc, cut)) {
      tile.put(d.name(), a);
      enumerate(i + 1, tile, acc * a.size, cut || a.isCut());
    }
    tile.remove(d.name());
  }

  private List<Along> options(Axis d, long most, boolean cut) {
    long e = d.extent();
    if (n.pinned().contains(d.name())) {
      return List.of(new Along(e, e, 0));
    }
    List<Along> l = new ArrayList<>(List.of(new Along(1, e, 0)));
    // overlapping loads are shared along the innermost window only: along others they live too long
    if (d.symbolic() || overlapsOuterWindow(d)) {
      return l;
    }
    long together = n.isLifted(d) ? Lift.MOST : e;
    for (long t = 2; t <= Math.min(most, Math.min(together, e)); t++) {
      if (e % t == 0) {
        l.add(new Along(t, e, 0));
      } else if (mayCut && !cut && (t >= SMALLEST_CUT || e <= SHORT) && e > t) {
        long tiles = (e + t - 1) / t;
        long large = e - tiles * (t - 1);
        if (large > 0) {
          l.add(new Along(t, large * t, t - 1));
        }
        l.add(new Along(t, e / t * t, e % t));
      }
    }
    return l;
  }

  private boolean overlapsOuterWindow(Axis d) {
    List<String> w = new ArrayList<>(window);
    return w.size() > 1
        && w.subList(0, w.size() - 1).stream()
            .anyMatch(r -> n.loads().stream().anyMatch(o -> o.overlaps(d.name(), r, 5)));
  }

  /** Cycles of the whole nest. */
  private double total(Map<String, Along> tile) {
    double count = 1;
    Map<String, Long> sizes = new LinkedHashMap<>();
    Optional<String> cut = Optional.empty();
    for (Axis d : data) {
      Along a = tile.getOrDefault(d.name(), new Along(1, d.extent(), 0));
      sizes.put(d.name(), a.size);
      if (a.isCut()) {
        cut = Optional.of(d.name());
      } else {
        count *= (double) d.extent() / a.size;
      }
    }
    double chunks = count * cut.map(v -> chunks(v, tile)).orElse(1.0);
    double few = parallel ? 1 + CHUNK_PENALTY * Math.max(0, CHUNKS - chunks) : 1;
    if (cut.isEmpty()) {
      double cycles = count * oneTile(sizes);
      return few * (cycles + waiting(tile, cycles));
    }
    String v = cut.get();
    Along a = tile.getOrDefault(v, new Along(1, 1, 0));
    double first = oneTile(sizes) * a.cut / a.size;
    long extent = n.axis(v).orElseThrow().extent();
    sizes.put(v, a.rest);
    double cycles = CUT_PENALTY * count * (first + oneTile(sizes) * (extent - a.cut) / a.rest);
    return few * (cycles + waiting(tile, cycles));
  }

  /**
   * Cycles that the first pass over operands from the outer caches waits for them: a tile that is a
   * small part of what uses them is soon done with what came.
   */
  private double waiting(Map<String, Along> tile, double cycles) {
    double most = 0;
    for (Operand o : n.loads()) {
      if (lane.isEmpty() || !window.isEmpty() || o.at(lane.get()) != 1) {
        continue;
      }
      double bytes = o.bytes();
      for (Axis a : n.axes()) {
        bytes *= o.on(a.name()) ? a.extent() : 1;
      }
      double share = 1;
      for (Axis d : data) {
        Along a = tile.getOrDefault(d.name(), new Along(1, d.extent(), 0));
        share *= o.on(d.name()) ? 1 : (double) a.size / d.extent();
      }
      if (share < 1) {
        most = Math.max(most, bytes / m.fromL3() - share * cycles);
      }
    }
    return most;
  }

  private double chunks(String v, Map<String, Along> tile) {
    long e = n.axis(v).orElseThrow().extent();
    Along a = tile.getOrDefault(v, new Along(1, e, 0));
    if (a.isLong(e)) {
      return (double) e / a.size / CHUNK_OF_TILES;
    }
    return isInChunks(n, v, a) ? (e + a.size - 1) / a.size : 1;
  }

  /** Whether tiles of a cut axis may be chunks, the last one smaller. */
  static boolean isInChunks(NestModel n, String v, Along a) {
    return a.hasOneLast(n.axis(v).orElseThrow().extent())
        && n.guard().filter(g -> g.moves(n.axis(v).orElseThrow())).isEmpty();
  }

  /** Whether the loops around the tile alone are too few chunks. */
  static boolean isFew(double chunks) {
    return chunks < CHUNKS;
  }

  /** Cuts of an axis at several places are of tiles of few sizes. */
  private double oneTile(Map<String, Long> sizes) {
    return cycles.computeIfAbsent(List.copyOf(sizes.values()), k -> cycles(sizes));
  }

  /** Cycles of one tile, all its reduction steps included; infinite when it does not fit. */
  private double cycles(Map<String, Long> sizes) {
    double acc = sizes.values().stream().mapToDouble(x -> x).reduce(1, (x, y) -> x * y);
    double states = n.leaf() instanceof Reduce r ? r.states().size() : 1;
    TileTraffic.Traffic t = traffic.of(sizes);
    boolean across = lane.flatMap(n::axis).map(Axis::reduce).orElse(false);
    // sums across lanes are finished one by one, while the others wait
    double finish = across ? Math.min(FINISH, n.finishWork()) : 0;
    // one register more takes products, or the next broadcast where these are fused: else it spills
    boolean fits =
        acc * states + t.held() + 1 + finish <= m.registers()
            && (window.isEmpty() || acc * states <= m.registers() / 2.0);
    fits &= n.reduced().stream().allMatch(r -> isUnrolled(r, acc));
    boolean single =
        sizes.entrySet().stream()
            .allMatch(e -> e.getValue() == 1 || n.pinned().contains(e.getKey()));
    if (!fits && !single) {
      return Double.MAX_VALUE / 1e6;
    }
    double steps = n.reduced().stream().mapToDouble(Axis::extent).reduce(1, (p, q) -> p * q);
    if (across) {
      steps /= lanes;
    }
    double arithmetic = acc * Math.max(1, n.work() / 2) / m.fmas();
    double chains = merges ? acc * states : acc;
    boolean partial = chains < ReducePlan.FEW && steps >= PARTIAL_RESULTS && merges;
    // with code for each step, the next tile begins while functions of this one's sums are computed
    boolean begun = !window.isEmpty() && n.finishWork() >= MUCH_WORK;
    double latency =
        begun || n.reduced().isEmpty() ? 0 : (double) m.latency() / (partial ? PARTIAL_RESULTS : 1);
    double step =
        Math.max(
            together(arithmetic, t.loads() / m.loads()), Math.max(t.bytes() / m.fromL2(), latency));
    step += TIES * t.bytes();
    step *= 1 + STARVED * Math.max(0, FED - fed(sizes, acc)) + SCATTERED * traffic.streams(sizes);
    return steps * step
        + (begun ? 0 : TILE_START)
        + acc * (TILE_FINISH + n.finishWork() / m.fmas());
  }

  /** Where loads take as long as arithmetic, neither is hidden well: a tenth more. */
  private static double together(double arithmetic, double loads) {
    double less = Math.min(arithmetic, loads) / Math.max(arithmetic, loads);
    return Math.max(arithmetic, loads) * (1 + CONTENTION * Math.pow(less, 6));
  }

  /**
   * Whether steps along an axis have code of their own where they need it: a place that follows no
   * stride is known at compile time then. What they read lives beside the sums.
   */
  private boolean isUnrolled(Axis r, double acc) {
    boolean jumps = n.loads().stream().anyMatch(o -> o.at(r.name()) == Operand.IRREGULAR);
    return !jumps || r.extent() > MOST_STEPS || 3 * acc * r.extent() <= NestPlan.LARGEST;
  }

  /**
   * Multiply-adds that the least used vector of a step feeds, for a register of 64 bytes: narrower
   * ones bring less.
   */
  private double fed(Map<String, Long> sizes, double acc) {
    if (n.reduced().isEmpty() || !window.isEmpty() || lane.isEmpty()) {
      return FED;
    }
    double least = FED;
    for (Operand o : n.loads()) {
      if (o.at(lane.get()) == 1) {
        double vectors = 1;
        for (Axis d : data) {
          vectors *= o.on(d.name()) ? sizes.getOrDefault(d.name(), 1L) : 1;
        }
        least = Math.min(least, acc / vectors * CACHE_LINE / m.vectorBytes());
      }
    }
    return least;
  }
}
