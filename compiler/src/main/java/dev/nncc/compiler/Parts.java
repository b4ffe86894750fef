package dev.nncc.compiler;

import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.passes.PassOptions;
import dev.nncc.passes.Pipeline;
import dev.nncc.passes.standard.Pipelines;
import dev.nncc.tensor.ir.Kernel;
import java.util.function.Function;

/**
 * The parts of a compiler that a search for faults replaces.
 *
 * @param pipeline the passes over a graph
 * @param scheduler what is done to each kernel
 */
public record Parts(Function<PassOptions, Pipeline> pipeline, Scheduler scheduler) {
  /** What compilations use. */
  public static final Parts STANDARD = new Parts(Pipelines::standard, Schedules::best);

  /** Makes a kernel fast on a target; it computes the same. */
  public interface Scheduler {
    Kernel schedule(Kernel kernel, LlvmTarget target);
  }
}
