package dev.nncc.compiler;

import dev.nncc.codegen.llvm.emit.Emitted;
import dev.nncc.codegen.llvm.emit.KernelEmitter;
import dev.nncc.codegen.llvm.emit.Target;
import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.Pipeline;
import dev.nncc.passes.standard.Pipelines;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.lower.Lowerings;
import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.plan.ArenaMode;
import dev.nncc.tensor.plan.RunPlan;
import dev.nncc.tensor.plan.RunPlanner;
import dev.nncc.tensor.plan.WeightTable;
import java.util.Set;
import java.util.function.Function;

/**
 * The parts of a compiler that a search for faults replaces.
 *
 * @param pipeline the passes over a graph
 * @param planner lowers regions and plans memory
 * @param scheduler what is done to each kernel
 * @param emitter writes a scheduled kernel down for LLVM
 */
public record Parts(
    Function<PassOptions, Pipeline> pipeline,
    Planner planner,
    Scheduler scheduler,
    Emitter emitter) {
  /** What compilations use. */
  public static final Parts STANDARD =
      new Parts(
          Pipelines::standard,
          (placement, arena, weights) ->
              RunPlanner.plan(placement, Lowerings.all(), arena, weights),
          Schedules::best,
          (kernel, unaligned, target) ->
              new KernelEmitter(Target.of(target)).emit(kernel, unaligned));

  /** Makes the loop nests of a placed graph and gives values their memory. */
  public interface Planner {
    /**
     * Plans a run.
     *
     * @param weights takes the constants
     */
    RunPlan plan(Placement placement, ArenaMode arena, WeightTable weights);
  }

  /** Makes a kernel fast on a target; it computes the same. */
  public interface Scheduler {
    Kernel schedule(Kernel kernel, LlvmTarget target);
  }

  /** Translates a scheduled kernel. */
  public interface Emitter {
    /**
     * The kernel as LLVM IR.
     *
     * @param unaligned arguments that a caller owns
     */
    Emitted emit(Kernel kernel, Set<String> unaligned, LlvmTarget target);
  }

  public Parts withPipeline(Function<PassOptions, Pipeline> other) {
    return new Parts(other, planner, scheduler, emitter);
  }

  public Parts withPlanner(Planner other) {
    return new Parts(pipeline, other, scheduler, emitter);
  }

  public Parts withScheduler(Scheduler other) {
    return new Parts(pipeline, planner, other, emitter);
  }

  public Parts withEmitter(Emitter other) {
    return new Parts(pipeline, planner, scheduler, other);
  }
}
