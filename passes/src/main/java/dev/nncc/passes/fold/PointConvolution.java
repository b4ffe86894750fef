package dev.nncc.passes.fold;

import dev.nncc.graph.Node;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Conv;
import java.util.List;

/** A convolution of one tap without border: a linear map of the channels of each pixel. */
final class PointConvolution {
  private PointConvolution() {}

  static boolean isOne(Node n) {
    if (!(n.op() instanceof Conv c)) {
      return false;
    }
    List<Long> ones = java.util.Collections.nCopies(c.strides().size(), 1L);
    int rank = n.operand(1).shape().rank();
    for (int i = 2; i < rank; i++) {
      if (n.operand(1).type().dim(i) != 1) {
        return false;
      }
    }
    return c.strides().equals(ones)
        && c.padsBegin().stream().allMatch(p -> p == 0)
        && c.padsEnd().stream().allMatch(p -> p == 0);
  }

  /** Multiplications of one pixel. */
  static double work(Node n) {
    return n.operand(1).shape().elements();
  }

  static double pixels(Value v) {
    return v.shape().elements() / (double) v.type().dim(1);
  }
}
