package dev.nncc.tensor.lower;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Stmt;
import dev.nncc.tensor.region.Region;
import dev.nncc.tensor.storage.Storage;
import java.util.List;

/**
 * A convolution of pictures, not in groups, whose result lies in blocks of channels: what the
 * algorithms with fewer products know of it, whichever they are.
 */
record PictureConv(Node node) {
  static final int BLOCK = Storage.BLOCK;

  /** Axes of input, weights and result. */
  static final int CHANNELS = 1;

  static final int ROW = 2;
  static final int COLUMN = 3;

  static PictureConv of(Region region) {
    return new PictureConv(region.requireAnchor());
  }

  /** Whether the weights alone are constant, and the result lies in blocks. */
  boolean fits(PhaseBuilder phase) {
    return phase.constant(x()).isEmpty()
        && phase.constant(node.operand(1)).isPresent()
        && phase.domain("i").storage().isBlocked();
  }

  Conv op() {
    return (Conv) node.op();
  }

  Value x() {
    return node.operand(0);
  }

  Shape filters() {
    return node.operand(1).shape();
  }

  Tensor weights(PhaseBuilder phase) {
    return phase.constant(node.operand(1)).orElseThrow();
  }

  Shape result() {
    return node.result().shape();
  }

  long pictures() {
    return result().dim(0);
  }

  long inBlocks() {
    return blocks(filters().dim(CHANNELS));
  }

  long outBlocks() {
    return blocks(filters().dim(0));
  }

  private static long blocks(long channels) {
    return (channels + BLOCK - 1) / BLOCK;
  }

  /** Of the direct convolution, whatever the algorithm saves. */
  double flops() {
    return 2.0 * result().elements() * filters().elements() / filters().dim(0);
  }

  /**
   * A sum with bias and epilogue goes where it belongs.
   *
   * @param at picture, channel, row and column; the channel may be one that a last block lacks
   */
  Stmt stored(PhaseBuilder phase, Expr sum, List<Expr> at) {
    boolean loose = result().dim(CHANNELS) % BLOCK != 0;
    Expr value = sum;
    if (node.operands().size() > 2) {
      List<Expr> channel = List.of(at.get(CHANNELS));
      value = Exprs.add(sum, phase.read(node.operand(2), channel, loose ? 0 : -1));
    }
    return Epilogue.ofBlocks(phase, at, loose ? CHANNELS : -1).anchor(value).stores();
  }
}
