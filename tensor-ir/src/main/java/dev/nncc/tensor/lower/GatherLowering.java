package dev.nncc.tensor.lower;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Gather;
import dev.nncc.graph.op.GatherElements;
import dev.nncc.graph.op.GatherNd;
import dev.nncc.tensor.region.Region;
import java.util.ArrayList;
import java.util.List;

/** The gathers: indices are checked, then every element of the result is read. */
final class GatherLowering implements Lowering {
  private final Lowering reads;

  GatherLowering(Lowering reads) {
    this.reads = reads;
  }

  @Override
  public List<Phase> lower(Region region, LowerContext context) {
    Node node = region.requireAnchor();
    Shape x = node.operand(0).shape();
    Value indices = node.operand(1);
    List<Long> extents = new ArrayList<>();
    if (node.op() instanceof Gather g) {
      extents.add(x.dim(g.axis()));
    } else if (node.op() instanceof GatherElements g) {
      extents.add(x.dim(g.axis()));
    } else {
      int batch = ((GatherNd) node.op()).batchDims();
      for (int j = 0; j < indices.shape().dim(indices.shape().rank() - 1); j++) {
        extents.add(x.dim(batch + j));
      }
    }
    boolean tuples = node.op() instanceof GatherNd;
    return IndexCheck.before(
        region, context, indices, extents, tuples, reads.lower(region, context));
  }
}
