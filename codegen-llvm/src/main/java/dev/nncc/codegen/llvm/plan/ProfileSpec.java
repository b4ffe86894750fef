package dev.nncc.codegen.llvm.plan;

import java.util.List;

/**
 * What a library holds for one set of shapes. The profiles of a library agree in the names, types
 * and ranks of inputs and outputs; they share kernels and weights.
 *
 * @param name what users call it, such as {@code batch=4}; may be empty where there is only one
 * @param steps of each run
 * @param fills of a context's arena, before its first run with these shapes
 * @param arena bytes of intermediate values
 */
public record ProfileSpec(
    String name,
    List<TensorSpec> inputs,
    List<TensorSpec> outputs,
    List<StepSpec> steps,
    List<FillSpec> fills,
    long arena) {
  public ProfileSpec {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    steps = List.copyOf(steps);
    fills = List.copyOf(fills);
    if (arena < 0) {
      throw new IllegalArgumentException("negative size");
    }
  }
}
