package dev.nncc.tensor.lower;

import dev.nncc.graph.Node;
import dev.nncc.graph.op.ConvTranspose;
import dev.nncc.tensor.region.Region;
import java.util.ArrayList;
import java.util.List;

/**
 * Transposed convolution. Result positions with the same remainder by the stride are reached by the
 * same weights: for each combination of remainders one direct convolution with a part of the
 * window, written to every stride-th position. What that does not cover (groups, dilation) is
 * gathered with selects.
 */
final class ConvTransposeLowering implements Lowering {
  @Override
  public List<Phase> lower(Region region, LowerContext context) {
    Node node = region.requireAnchor();
    ConvTranspose conv = (ConvTranspose) node.op();
    boolean plain = conv.groups() == 1 && conv.dilations().stream().allMatch(d -> d == 1);
    if (!plain) {
      return List.of(ConvTransposeGather.phase(region, context));
    }
    List<List<Long>> remainders = new ArrayList<>(List.of(List.of()));
    for (int a = 0; a < conv.strides().size(); a++) {
      List<List<Long>> longer = new ArrayList<>();
      for (List<Long> r : remainders) {
        for (long i = 0;
            i < Math.min(conv.strides().get(a), node.result().shape().dim(a + 2));
            i++) {
          List<Long> l = new ArrayList<>(r);
          l.add(i);
          longer.add(l);
        }
      }
      remainders = longer;
    }
    List<Phase> phases = new ArrayList<>();
    for (List<Long> r : remainders) {
      phases.add(new ConvTransposePart(new PhaseBuilder(region, context), r).phase());
    }
    return phases;
  }
}
