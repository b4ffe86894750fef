package dev.nncc.tensor.winograd;

import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.op.Conv;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One level of Strassen's product, in Winograd's form, for a convolution of one tap: 7 products of
 * halves for 8. The pixels of the second half of the picture pair with those of the first. A
 * picture with an even number of rows is halved by rows, any other as one row of pixels, whose
 * halves meet in one pixel if there is an odd number of them.
 *
 * @param byRows which of both
 * @param rows of pairs that are computed together
 * @param columns of pairs; all that there are
 * @param blocks of so many rows
 */
public record Strassen(boolean byRows, long rows, long columns, long blocks) {
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

  private static final int BLOCK = 16;
  private static final int ROW = 2;
  private static final int COLUMN = 3;

  /** Blocks that are enough for all workers to have some. */
  private static final long FEW = 8;

  /** Pairs that a vector of weights should serve. */
  private static final long FED = 11;

  /** All ways to share out the pairs of a convolution. */
  public static List<Strassen> candidates(Node node) {
    List<Strassen> all = new ArrayList<>();
    Shape y = node.result().shape();
    if (!fits(node)) {
      return all;
    }
    long height = y.dim(ROW) / 2;
    if (y.dim(ROW) % 2 == 0) {
      for (long rows = 1; rows <= height; rows++) {
        if (height % rows == 0) {
          all.add(new Strassen(true, rows, y.dim(COLUMN), height / rows));
        }
      }
    } else {
      all.add(new Strassen(false, 1, (y.dim(ROW) * y.dim(COLUMN) + 1) / 2, 1));
    }
    return all;
  }

  private static boolean fits(Node node) {
    Conv conv = (Conv) node.op();
    Shape w = node.operand(1).shape();
    return w.rank() == 4
        && w.dim(ROW) == 1
        && w.dim(COLUMN) == 1
        && w.dim(0) > BLOCK
        && w.dim(1) % (2 * BLOCK) == 0
        && conv.groups() == 1
        && node.operand(0).dtype() == DType.F32
        && node.result().shape().elements() > 0
        && conv.padsBegin().stream().allMatch(p -> p == 0)
        && conv.padsEnd().stream().allMatch(p -> p == 0);
  }

  /** The smallest block that feeds the products. */
  public static Optional<Strassen> smallest(Node node) {
    return candidates(node).stream().filter(s -> s.pairs() >= FED).findFirst();
  }

  /** The same where that is cheaper than the direct form. */
  static Optional<Strassen> cheapest(Node node) {
    return smallest(node)
        .filter(
            s -> {
              Shape w = node.operand(1).shape();
              Shape y = node.result().shape();
              double direct =
                  new Costs(w.dim(1), w.dim(0)).direct(y.dim(ROW), y.dim(COLUMN), w.dim(1));
              return Costs.strassen(s, w.dim(1), w.dim(0)) < Winograd.DIRECT * direct;
            });
  }

  public int products() {
    return WEIGHTS.size();
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
