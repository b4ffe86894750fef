package dev.nncc.tensor.lower;

import dev.nncc.tensor.region.Region;
import java.util.List;

/** How regions with one kind of anchor become kernels. */
public interface Lowering {
  /** The phases in order. The region's anchor is of the class this lowering is registered for. */
  List<Phase> lower(Region region, LowerContext context);
}
