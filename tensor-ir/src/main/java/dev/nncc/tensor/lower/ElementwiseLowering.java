package dev.nncc.tensor.lower;

import dev.nncc.tensor.region.Region;
import java.util.List;

/** A region without an anchor: one visit of every element. */
final class ElementwiseLowering implements Lowering {
  @Override
  public List<Phase> lower(Region region, LowerContext context) {
    PhaseBuilder phase = new PhaseBuilder(region, context);
    Domain domain = Domain.of(phase.resultStorage(0), "i");
    double flops =
        (double) region.results().get(0).shape().elements() * region.body().nodes().size();
    return List.of(phase.build("map", domain.nest(new Epilogue(phase, domain).stores()), flops));
  }
}
