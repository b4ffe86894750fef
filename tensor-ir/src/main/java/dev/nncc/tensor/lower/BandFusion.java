package dev.nncc.tensor.lower;

import dev.nncc.tensor.index.Simplifier;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.ir.Space;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.ir.Stmt.For;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * Two phases as one kernel, band by band: the rows of the first that a band of the second reads are
 * made in memory of the worker and never exist as a whole.
 *
 * <pre>
 *   for c, h, w { T[c, h, w] = .. }            for band { alloc B[c, rows, w];
 *   for o, h, w { .. T[k, h + i, w + j] .. } =>   for c, rows, w { B[..] = .. }
 *                                                 for o, rows, w { .. B[..] .. } }
 * </pre>
 *
 * <p>Where the second reads a window, neighbouring bands make the rows between them twice, and what
 * lies beside the picture holds what the border would. Where it reads each channel for that channel
 * alone, the band is one of a few channels.
 */
public final class BandFusion {
  /** Bytes of a band, or of weights, that stay in the second-level cache beside the rest. */
  private static final long NEAR = 256 << 10;

  /** Chunks of the kernel, so that every worker has some. */
  private static final long FEWEST_CHUNKS = 14;

  /**
   * Multiplications and additions that take as long as a byte on its way to the third-level cache
   * or back: it costs nothing beside so many.
   */
  private static final double FLOPS_A_BYTE = 2.5;

  /** What a tile of one block of channels costs, against two: a load for each multiply-add. */
  private static final double ONE_BLOCK = 0.06;

  private static final double EACH_CHUNK = 1e-4;

  private static final int CHANNELS = 1;
  private static final int ROW = 2;
  private static final int RANK = 5;

  private final Argument between;
  private final BandNest made;
  private final BandNest read;
  private final List<BandAxis> axes;

  private BandFusion(Argument between, BandNest made, BandNest read, List<BandAxis> axes) {
    this.between = between;
    this.made = made;
    this.read = read;
    this.axes = axes;
  }

  /**
   * How the phases become one; empty where their loops do not allow it.
   *
   * @param between what only these phases use
   */
  public static Optional<BandFusion> of(List<Phase> phases, Set<Argument> between) {
    if (phases.size() != 2
        || between.size() != 1
        || phases.stream().anyMatch(p -> p.rounds() != 1)) {
      return Optional.empty();
    }
    Argument t = between.iterator().next();
    return BandNest.of(simplified(phases.get(0)), t)
        .flatMap(
            made ->
                BandNest.of(simplified(phases.get(1)), t)
                    .flatMap(
                        read -> best(made, read).map(axes -> new BandFusion(t, made, read, axes))));
  }

  private static Phase simplified(Phase p) {
    return p.with(Simplifier.simplify(p.kernel()));
  }

  /** The band for which the maker does the least more than without bands. */
  private static Optional<List<BandAxis>> best(BandNest made, BandNest read) {
    List<Expr> to = made.storedAt().orElse(List.of());
    List<Expr> from = read.loadedAt().orElse(List.of());
    if (to.size() != RANK || from.size() != RANK) {
      return Optional.empty();
    }
    List<BandAxis> best = List.of();
    double least = Double.MAX_VALUE;
    for (long rows : sizes(read, from.get(ROW))) {
      for (long channels : sizes(read, from.get(CHANNELS))) {
        List<BandAxis> axes = new ArrayList<>();
        for (int a = 0; a < RANK; a++) {
          long size = a == ROW ? rows : a == CHANNELS ? channels : a == 0 ? 1 : BandAxis.WHOLE;
          BandAxis.of(a, made, to.get(a), read, from.get(a), size).ifPresent(axes::add);
        }
        if (axes.size() < RANK || axes.get(ROW).isCut() && rows == 1) {
          // Tiles want more than one row.
          continue;
        }
        long bytes = product(axes, BandAxis::extent) * made.buffer().type().bytes();
        long chunks = product(axes, BandAxis::count);
        double cost = more(axes) + Math.max(0, FEWEST_CHUNKS - chunks) + EACH_CHUNK * chunks;
        if (bytes <= NEAR && cost < least) {
          least = cost;
          best = axes;
        }
      }
    }
    return best.isEmpty() ? Optional.empty() : Optional.of(best);
  }

  /** What the maker does more, as a part of its work: what it makes twice, and worse tiles. */
  private static double more(List<BandAxis> axes) {
    BandAxis channels = axes.get(CHANNELS);
    boolean worse = channels.extent() % 2 != 0 && channels.all() % 2 == 0;
    double repeated = axes.stream().mapToDouble(BandAxis::repeated).reduce(1, (a, b) -> a * b);
    return repeated - 1 + (worse ? ONE_BLOCK : 0);
  }

  /** Divisors of the extent of the reader's own loop that moves along an axis. */
  private static List<Long> sizes(BandNest read, Expr index) {
    List<Long> sizes = new ArrayList<>();
    long extent = read.dataLoop(index).map(read::extent).orElse(1L);
    for (long n = 1; n <= extent; n++) {
      if (extent % n == 0) {
        sizes.add(n);
      }
    }
    return sizes;
  }

  private static long product(List<BandAxis> axes, ToLongFunction<BandAxis> f) {
    return axes.stream().mapToLong(f).reduce(1, (a, b) -> a * b);
  }

  /**
   * Bytes between the caches that take time and that joining saves, less those that it adds and
   * what it computes more; negative where joining loses.
   */
  public double saved() {
    long weights = weights(made.phase()) + weights(read.phase());
    return waits(made.phase())
        + waits(read.phase())
        - more(axes) * made.phase().flops() / FLOPS_A_BYTE
        - (weights > NEAR ? weights * (axes.get(ROW).count() - 1.0) : 0);
  }

  /** Bytes of the value between that a phase has no arithmetic for while they are on their way. */
  private double waits(Phase p) {
    return Math.max(0, bytes(made.buffer()) - p.flops() / FLOPS_A_BYTE);
  }

  private static long bytes(Buffer b) {
    return b.extentInElements() * b.type().bytes();
  }

  private static long weights(Phase p) {
    long n = 0;
    for (int i = 0; i < p.arguments().size(); i++) {
      if (p.arguments().get(i) instanceof Argument.OfConstant) {
        n += bytes(p.kernel().args().get(i));
      }
    }
    return n;
  }

  /** The one phase. */
  public Phase fused() {
    List<Long> extents = axes.stream().map(BandAxis::extent).toList();
    List<Long> none = Collections.nCopies(RANK, 0L);
    Buffer whole = made.buffer();
    Buffer band =
        Buffer.padded("rows", whole.type(), Space.LOCAL, extents, none, none, whole.fill());
    Map<Argument, Buffer> arguments = new LinkedHashMap<>();
    List<Stmt> parts = new ArrayList<>();
    parts.add(made.local(arguments, between, band, axes, true));
    for (BandAxis a : axes) {
      parts.addAll(a.besides(band));
    }
    parts.add(read.local(arguments, between, band, axes, false));
    Stmt s = new Stmt.Alloc(band, Stmt.Block.of(parts));
    // Channels inside: what they are made of stays in the cache.
    for (int a : List.of(CHANNELS, ROW, 0)) {
      BandAxis x = axes.get(a);
      s = x.count() == 1 ? s : For.of(x.outer(), x.count(), s);
    }
    return new Phase(
        Kernel.of(read.phase().kernel().name(), List.copyOf(arguments.values()), s),
        new ArrayList<>(arguments.keySet()),
        made.phase().flops() + read.phase().flops());
  }
}
