package dev.nncc.tensor.winograd;

import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.op.Conv;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Strassen's product, in Winograd's form, for a convolution of one tap: 7 products of halves for 8,
 * and on a second level the same for each of these, 49 for 64. The pixels of the second half of the
 * picture pair with those of the first. A picture whose rows are a multiple of the parts is parted
 * by rows, any other as one row of pixels, of which halves meet in one if there is an odd number.
 *
 * @param levels 1 or 2
 * @param byRows which of both
 * @param rows of pairs (on two levels of pairs of pairs) that are computed together
 * @param columns of pairs; all that there are
 * @param blocks of so many rows
 */
public record Strassen(int levels, boolean byRows, long rows, long columns, long blocks) {
  /**
   * For each product the factors of the weights' quarters, the result channels' first half first.
   */
  public static final List<List<Double>> WEIGHTS =
      List.of(
          List.of(1.0, 0.0, 0.0, 0.0),
          List.of(0.0, 1.0, 0.0, 0.0),
          List.of(0.0, 0.0, 0.0, 1.0),
          List.of(1.0, -1.0, -1.0, 1.0),
          List.of(-1.0, 0.0, 1.0, 0.0),
          List.of(1.0, 0.0, -1.0, 1.0),
          List.of(0.0, 0.0, -1.0, 1.0));

  /** Of one level. */
  public static final int PRODUCTS = WEIGHTS.size();

  private static final int BLOCK = 16;
  private static final int ROW = 2;
  private static final int COLUMN = 3;

  private static final int MOST_LEVELS = 2;

  /** A second level has 7/4 times the weights of the first. */
  private static final double SECOND = 0.99;

  /**
   * Pairs of the second level in a block: their 49 products of one block of channels take 0.8 MB. A
   * large picture whose rows 4 does not divide would be one block.
   */
  private static final long MOST_PAIRS = 256;

  /** Blocks that are enough for all workers to have some. */
  private static final long FEW = 8;

  /** Pairs that a vector of weights should serve. */
  private static final long FED = 11;

  /** All ways to share out the pairs of a convolution. */
  public static List<Strassen> candidates(Node node) {
    List<Strassen> all = new ArrayList<>();
    Shape y = node.result().shape();
    for (int levels = 1; levels <= MOST_LEVELS && fits(node, levels); levels++) {
      long height = y.dim(ROW) >> levels;
      if (height << levels == y.dim(ROW)) {
        for (long rows = 1; rows <= height; rows++) {
          if (height % rows == 0) {
            all.add(new Strassen(levels, true, rows, y.dim(COLUMN), height / rows));
          }
        }
      } else {
        long parts = 1L << levels;
        long pixels = y.dim(ROW) * y.dim(COLUMN);
        all.add(new Strassen(levels, false, 1, (pixels + parts - 1) / parts, 1));
      }
    }
    return all;
  }

  private static boolean fits(Node node, int levels) {
    Conv conv = (Conv) node.op();
    Shape w = node.operand(1).shape();
    return w.rank() == 4
        && w.dim(ROW) == 1
        && w.dim(COLUMN) == 1
        && w.dim(0) > BLOCK << levels - 1
        && w.dim(1) % (BLOCK << levels) == 0
        && conv.groups() == 1
        && node.operand(0).dtype() == DType.F32
        && node.result().shape().elements() > 0
        && conv.padsBegin().stream().allMatch(p -> p == 0)
        && conv.padsEnd().stream().allMatch(p -> p == 0);
  }

  /** The smallest block that feeds the products. */
  public static Optional<Strassen> smallest(Node node, int levels) {
    return candidates(node).stream()
        .filter(s -> s.levels == levels && s.pairs() >= FED)
        .findFirst();
  }

  /** The same with as many levels as are cheapest, where that is cheaper than the direct form. */
  static Optional<Strassen> cheapest(Node node) {
    return smallest(node, 1)
        .flatMap(
            one -> {
              Shape w = node.operand(1).shape();
              Shape y = node.result().shape();
              Costs costs = new Costs(w.dim(1), w.dim(0));
              double direct = Winograd.DIRECT * costs.direct(y.dim(ROW), y.dim(COLUMN), w.dim(1));
              double first = costs.strassen(one);
              return smallest(node, 2)
                  .filter(two -> two.pairs() <= MOST_PAIRS)
                  .filter(two -> costs.strassen(two) < Math.min(direct, SECOND * first))
                  .or(() -> Optional.of(one).filter(s -> first < direct));
            });
  }

  public int products() {
    return levels == 1 ? PRODUCTS : PRODUCTS * PRODUCTS;
  }

  /** Into which the channels are parted, and the pixels: halves, or halves of halves. */
  public int parts() {
    return 1 << levels;
  }

  /** In a block. */
  public long pairs() {
    return rows * columns;
  }

  /**
   * Whether blocks are so few that workers must share the channels of the result too: then the sums
   * of samples are made by a kernel of their own.
   */
  public boolean isShared() {
    return blocks < FEW;
  }
}
