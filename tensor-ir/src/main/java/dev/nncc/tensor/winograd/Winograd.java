package dev.nncc.tensor.winograd;

import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.op.Conv;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A two-dimensional minimal filtering algorithm for one convolution, and how its tiles are shared
 * out. A tile of results comes from products in {@code rows.frequencies() * columns.frequencies()}
 * frequencies; in each frequency the tiles and the channels are a matrix product.
 *
 * @param rows along the height; of one tap where the filter has one row
 * @param columns along the width
 * @param tileRows rows of tiles in a picture; the last may stand over its end
 * @param tileColumns tiles in a row
 * @param blockRows rows of tiles that are transformed together; a divisor of {@code tileRows}
 * @param blockColumns tiles of a row that are transformed together; a divisor of {@code
 *     tileColumns}, all of them where there are several rows
 * @param filtersInRun whether the filters are stored as the model has them, and go to frequencies
 *     in each run: fewer bytes pass, for a little work
 */
public record Winograd(
    ToomCook rows,
    ToomCook columns,
    long tileRows,
    long tileColumns,
    long blockRows,
    long blockColumns,
    boolean filtersInRun) {
  /** Blocks of a picture that are enough for all workers to have some. */
  private static final long FEW = 4;

  /** A direct convolution has one kernel and one pass over memory less. */
  static final double DIRECT = 0.95;

  /**
   * Results of a tile along an axis: more err more. Their filters stay in frequencies, since a row
   * of so many leaves too few registers to make them.
   */
  private static final int MOST = 5;

  /** Taps of filters that are worth making frequencies of in each run. */
  private static final int MOST_TAPS = 9;

  private static final int ROW = 2;
  private static final int COLUMN = 3;

  /** Which convolutions are computed this way, and how; must always answer the same. */
  public interface Choice {
    /** Empty for the direct convolution. */
    Optional<Winograd> of(Node conv);

    /** For a picture of few channels: along its rows alone, and the sum over the filter's rows. */
    default Optional<ToomCook> alongRows(Node conv) {
      return Optional.empty();
    }

    /** For a convolution of one tap. */
    default Optional<Strassen> halves(Node conv) {
      return Optional.empty();
    }

    /** For a product with a constant matrix. */
    default Optional<StrassenProduct> ofMatMul(Node product) {
      return Optional.empty();
    }
  }

  /** What is cheapest. */
  public static final Choice AUTO =
      new Choice() {
        @Override
        public Optional<Winograd> of(Node conv) {
          return cheapest(conv);
        }

        @Override
        public Optional<ToomCook> alongRows(Node conv) {
          return rowsOf(conv);
        }

        @Override
        public Optional<Strassen> halves(Node conv) {
          return Strassen.cheapest(conv);
        }

        @Override
        public Optional<StrassenProduct> ofMatMul(Node product) {
          return StrassenProduct.cheapest(product);
        }
      };

  public static final Choice OFF = conv -> Optional.empty();

  /**
   * What is cheaper than the direct convolution, by shapes alone: a packing of weights must not
   * depend on the processor.
   */
  private static Optional<Winograd> cheapest(Node node) {
    Shape w = node.operand(1).shape();
    Shape y = node.result().shape();
    return cheapest(node, c -> true)
        .filter(
            c -> {
              double direct =
                  costs(node)
                      .direct(y.dim(ROW), y.dim(COLUMN), w.dim(1) * w.dim(ROW) * w.dim(COLUMN));
              return costs(node).winograd(c) < DIRECT * direct;
            });
  }

  /** The cheapest of some, whatever the direct form costs. */
  public static Optional<Winograd> cheapest(Node node, Predicate<Winograd> of) {
    return candidates(node).stream()
        .filter(of)
        .min(Comparator.comparingDouble(c -> costs(node).winograd(c)));
  }

  private static Costs costs(Node node) {
    return new Costs(node.operand(0).shape().dim(1), node.operand(1).shape().dim(0));
  }

  private static final int TILE = 4;

  /** Long filters only: short ones gain less than the transforms cost. */
  private static final long LONG_ROW = 5;

  /** {@code F(4, r)} where it divides the rows of the result. */
  public static Optional<ToomCook> rowsOf(Node node) {
    Conv conv = (Conv) node.op();
    Shape w = node.operand(1).shape();
    boolean fits =
        isPlain(node)
            && w.dim(COLUMN) >= LONG_ROW
            && w.dim(COLUMN) <= 2 * LONG_ROW - 1
            && w.dim(ROW) > 1
            && conv.strides().get(1) == 2
            && node.result().shape().dim(COLUMN) % TILE == 0;
    return fits ? Optional.of(ToomCook.of(TILE, (int) w.dim(COLUMN), 2)) : Optional.empty();
  }

  private static boolean isPlain(Node node) {
    Conv conv = (Conv) node.op();
    return node.operand(1).shape().rank() == 4
        && conv.groups() == 1
        && node.operand(0).dtype() == DType.F32
        && node.result().shape().elements() > 0
        && conv.dilations().stream().allMatch(d -> d == 1);
  }

  /** All that compute a convolution. */
  public static List<Winograd> candidates(Node node) {
    Conv conv = (Conv) node.op();
    Shape w = node.operand(1).shape();
    Shape y = node.result().shape();
    List<Winograd> all = new ArrayList<>();
    if (!isPlain(node)) {
      return all;
    }
    long kh = w.dim(ROW);
    long kw = w.dim(COLUMN);
    long sh = conv.strides().get(0);
    long sw = conv.strides().get(1);
    for (int m = 2; m <= MOST; m++) {
      boolean square = kh == kw && sh == sw;
      boolean known = square && (kh == 3 && sh <= 2 || kh == 5 && sh == 1 && m == 2);
      boolean line = (kh == 1) != (kw == 1) && sh == 1 && sw == 1;
      boolean points = m + Math.max(kh, kw) - 1 <= ToomCook.MOST;
      if (!points || !known && !line) {
        continue;
      }
      ToomCook r = kh == 1 ? ToomCook.of(1, 1, 1) : ToomCook.of(m, (int) kh, (int) sh);
      ToomCook c = kw == 1 ? ToomCook.of(1, 1, 1) : ToomCook.of(m, (int) kw, (int) sw);
      long tr = (y.dim(ROW) + r.m() - 1) / r.m();
      long tc = (y.dim(COLUMN) + c.m() - 1) / c.m();
      for (long br = 1; br <= tr; br++) {
        if (tr % br == 0) {
          all.add(new Winograd(r, c, tr, tc, br, tc, false));
        }
      }
      for (long bc = 1; bc < tc; bc++) {
        if (tc % bc == 0) {
          all.add(new Winograd(r, c, tr, tc, 1, bc, false));
        }
      }
      if (m == MOST || kh * kw > MOST_TAPS) {
        continue;
      }
      // One block: each filter is used once a picture, whatever the batch, so that profiles of
      // several batches share the weights.
      all.add(new Winograd(r.withSimpleFilters(), c.withSimpleFilters(), tr, tc, tr, tc, true));
    }
    return all;
  }

  /** Products for each result and pair of channels. */
  public long frequencies() {
    return (long) rows.frequencies() * columns.frequencies();
  }

  /** Filters for each pair of channels, where frequencies may share one. */
  public long filters() {
    return (long) rows.filters().size() * columns.filters().size();
  }

  public long blocks() {
    return tileRows / blockRows * (tileColumns / blockColumns);
  }

  public long tilesInBlock() {
    return blockRows * blockColumns;
  }

  /**
   * Whether blocks are so few that workers must share the channels of the result too: then the
   * samples are transformed by a kernel of their own.
   */
  public boolean isShared() {
    return blocks() < FEW;
  }

  /** How far the tiles reach past the picture's last sample, along one spatial axis. */
  public long overhang(int axis, long padding, long extent) {
    ToomCook t = axis == 0 ? rows : columns;
    long tiles = axis == 0 ? tileRows : tileColumns;
    long last = (tiles - 1) * t.m() * t.stride() + t.samples() - 1 - padding;
    return Math.max(0, last - (extent - 1));
  }
}
