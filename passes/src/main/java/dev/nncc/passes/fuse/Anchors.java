package dev.nncc.passes.fuse;

import dev.nncc.graph.Node;
import dev.nncc.graph.Op;
import dev.nncc.graph.op.ArgReduce;
import dev.nncc.graph.op.Cast;
import dev.nncc.graph.op.ContractionOp;
import dev.nncc.graph.op.CumSum;
import dev.nncc.graph.op.Gather;
import dev.nncc.graph.op.GatherElements;
import dev.nncc.graph.op.GatherNd;
import dev.nncc.graph.op.InstanceNorm;
import dev.nncc.graph.op.LayerNorm;
import dev.nncc.graph.op.LogSoftmax;
import dev.nncc.graph.op.Lrn;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.Resize;
import dev.nncc.graph.op.RmsNorm;
import dev.nncc.graph.op.Softmax;

/** Operators whose kernel can go on computing with each result element before storing it. */
final class Anchors {
  private Anchors() {}

  /** Whether a node changes no number but only how it is held. */
  static boolean isWidening(Node n) {
    return n.op() instanceof Cast c
        && c.to().isFloat()
        && n.operand(0).dtype().isFloat()
        && c.to().bytes() > n.operand(0).dtype().bytes();
  }

  static boolean isAnchor(Op op) {
    return op instanceof ContractionOp
        || op instanceof Reduce
        || op instanceof Pool
        || op instanceof Softmax
        || op instanceof LogSoftmax
        || op instanceof LayerNorm
        || op instanceof InstanceNorm
        || op instanceof RmsNorm
        || op instanceof Lrn
        || op instanceof Resize
        || op instanceof Gather
        || op instanceof GatherElements
        || op instanceof GatherNd
        || op instanceof ArgReduce
        || op instanceof CumSum;
  }
}
