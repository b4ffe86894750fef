package dev.nncc.compiler;

import dev.nncc.graph.Graph;
import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.plan.RunPlan;

/**
 * One shape profile with all that it does not share decided.
 *
 * @param name as in {@link ShapeChoice#name()}
 * @param fused the graph after all passes, before storage wants copies
 * @param placement where its values lie
 * @param plan its weights lie in the library's one table
 */
record PlannedProfile(String name, Graph fused, Placement placement, RunPlan plan) {
  /** After all passes, with copies where storage wants them. */
  Graph graph() {
    return placement.graph();
  }
}
