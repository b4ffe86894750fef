package dev.nncc.codegen.llvm.plan;

import java.util.List;

/**
 * Everything that a library says about its model, and the plan that a run walks.
 *
 * @param name of the model
 * @param compilerVersion of nncc
 * @param target as the user reads it: {@code x86_64-linux znver5}
 * @param sourceHash of the imported file
 * @param cpuFeatures what the code needs, in LLVM's names; checked before any kernel runs
 * @param prepare steps that run once per model and write {@link ArgSpec.Base#PREPARED} memory
 * @param steps of each run
 * @param fills of a new context's arena
 * @param slots size of the dims table
 */
public record ModelSpec(
    String name,
    String compilerVersion,
    String target,
    long sourceHash,
    List<String> cpuFeatures,
    List<TensorSpec> inputs,
    List<TensorSpec> outputs,
    List<KernelSpec> kernels,
    List<StepSpec> prepare,
    List<StepSpec> steps,
    List<FillSpec> fills,
    MemorySpec memory,
    int slots) {
  public ModelSpec {
    cpuFeatures = List.copyOf(cpuFeatures);
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    kernels = List.copyOf(kernels);
    prepare = List.copyOf(prepare);
    steps = List.copyOf(steps);
    fills = List.copyOf(fills);
  }
}
