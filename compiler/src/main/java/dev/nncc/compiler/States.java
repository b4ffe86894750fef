package dev.nncc.compiler;

import dev.nncc.codegen.llvm.plan.ElementType;
import dev.nncc.codegen.llvm.plan.StateSpec;
import dev.nncc.codegen.llvm.plan.TensorSpec;
import dev.nncc.graph.Shape;
import dev.nncc.tensor.placement.Kept;
import dev.nncc.tensor.plan.MemoryPlan;
import java.util.ArrayList;
import java.util.List;

/** What the context of a library keeps, and which inputs and outputs are left to the caller. */
record States(List<StateSpec> specs, long bytes) {
  /**
   * @throws CompileException when profiles would keep different things
   */
  static States of(List<PlannedProfile> profiles) {
    List<List<Kept>> kept = profiles.stream().map(p -> p.placement().kept()).toList();
    List<StateSpec> specs = new ArrayList<>();
    long offset = 0;
    for (int i = 0; i < kept.get(0).size(); i++) {
      List<Integer> added = new ArrayList<>();
      for (List<Kept> k : kept) {
        added.add(Math.toIntExact(k.get(i).added()));
      }
      Kept first = kept.get(0).get(i);
      StateSpec spec = spec(profiles.get(0), first, offset, added);
      for (int p = 1; p < profiles.size(); p++) {
        Kept other = kept.get(p).get(i);
        if (!spec(profiles.get(p), other, offset, added).equals(spec)) {
          throw new CompileException(
              String.format(
                  "state '%s' is %s in profile %s and %s in %s; a context keeps one",
                  first.past().name(),
                  first.past().type(),
                  profiles.get(0).name(),
                  other.past().type(),
                  profiles.get(p).name()));
        }
      }
      specs.add(spec);
      long bytes = spec.window() ? spec.bytes() : 2 * spec.row();
      offset += (bytes + MemoryPlan.ALIGNMENT - 1) / MemoryPlan.ALIGNMENT * MemoryPlan.ALIGNMENT;
    }
    return new States(specs, offset);
  }

  private static StateSpec spec(PlannedProfile p, Kept k, long offset, List<Integer> added) {
    Shape shape = k.past().shape();
    TensorSpec past =
        TensorSpec.of(
            k.past().name(), ElementType.valueOf(k.past().dtype().name()), shape.toArray());
    String next = p.graph().outputNames().get(k.output());
    long bytes = past.bytes();
    if (!k.isWindow()) {
      return new StateSpec(next, past, false, offset, 1, bytes, bytes, bytes, 2, added);
    }
    long blocks = 1;
    for (int d = 0; d < k.axis(); d++) {
      blocks *= shape.dim(d);
    }
    long row = k.past().dtype().bytes();
    for (int d = k.axis() + 1; d < shape.rank(); d++) {
      row *= shape.dim(d);
    }
    long keep = shape.dim(k.axis()) * row;
    return new StateSpec(
        next, past, true, offset, blocks, k.capacity() * row, keep, row, k.capacity(), added);
  }
}
