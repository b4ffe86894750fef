package dev.nncc.tensor.winograd;

import dev.nncc.graph.DType;
import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.op.MatMul;
import dev.nncc.tensor.constant.Packed;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One level of Strassen's product, in Winograd's form, for a product with a constant matrix: 7
 * products of halves for 8. Rows of the second half of the left factor pair with those of the
 * first; where their number is odd, the halves meet in one row. Sums of quarters of the constant
 * are made in each run, for the columns at hand: that takes a few cycles beside the products of all
 * pairs of rows, and the constant keeps its size.
 *
 * @param depth that is summed over
 * @param columns of the result
 * @param panel columns of each half that are computed together
 * @param pairs of rows that are computed together
 * @param blocks of so many pairs
 */
public record StrassenProduct(long depth, long columns, long panel, long pairs, long blocks) {
  private static final int BLOCK = 16;

  /** Pairs whose products the second level cache keeps beside a panel of weights. */
  private static final long MOST_PAIRS = 256;

  /** Pairs that a panel's sums should serve. */
  private static final long FEWEST_PAIRS = 64;

  /** Bytes of a panel's sums: beyond the second level cache, but measured up to here only. */
  private static final long MOST_SUMS = 2 << 20;

  /** Chunks that are enough for all workers to have some. */
  private static final long FEW = 4;

  /** Of the time of the plain product, what should be saved by the rule. */
  private static final double WORTH = 0.045;

  /** What narrower panels lose. */
  private static final double NARROW = 0.03;

  /** All ways to share out the pairs of a product, the largest blocks first. */
  public static List<StrassenProduct> candidates(Node node) {
    List<StrassenProduct> all = new ArrayList<>();
    MatMul op = (MatMul) node.op();
    Shape b = node.operand(1).shape();
    Shape y = node.result().shape();
    if (b.rank() != 2
        || y.rank() < 2
        || node.operand(0).dtype() != DType.F32
        || y.elements() == 0) {
      return all;
    }
    long depth = b.dim(op.transposeB() ? 1 : 0);
    long columns = b.dim(op.transposeB() ? 0 : 1);
    long panel = Packed.panel(columns);
    long pairs = (y.dim(y.rank() - 2) + 1) / 2;
    if (depth % (2 * BLOCK) == 0 && columns % (2 * panel) == 0) {
      for (long blocks = 1; blocks <= pairs; blocks++) {
        if (pairs % blocks == 0) {
          all.add(new StrassenProduct(depth, columns, panel, pairs / blocks, blocks));
        }
      }
    }
    return all;
  }

  /** The best of these where that is cheaper than the plain product. */
  static Optional<StrassenProduct> cheapest(Node node) {
    return candidates(node).stream()
        .filter(p -> p.pairs <= MOST_PAIRS && !((MatMul) node.op()).transposeA())
        .findFirst()
        .filter(p -> p.pairs >= FEWEST_PAIRS && p.saves() > WORTH)
        .filter(p -> 4 * p.depth / 2 * p.panel * Float.BYTES <= MOST_SUMS)
        .filter(p -> p.blocks * p.columns / (2 * p.panel) >= FEW);
  }

  /**
   * The part of the plain product's time that is saved: one product of eight, less what sums,
   * results and sums of weights take, each of which is work for two of the three extents. Fitted to
   * products of 128 to 1024 rows, 256 to 4096 columns and as many terms.
   */
  private double saves() {
    double around = 12.0 / columns + 12.0 / depth + 3.0 / pairs;
    return 1 / 8.0 - around - (panel == Packed.WIDEST_PANEL ? 0 : NARROW);
  }
}
