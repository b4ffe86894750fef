package dev.nncc.runtime;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A set of shapes that a library was specialised for. Runs choose it by the dims of their inputs.
 *
 * @param index its place in {@link Model#profiles()}
 * @param name as it was asked for, {@code batch=4,seq=128}; empty where there is only one
 * @param inputs with the dims of this profile
 * @param outputs with the dims of this profile
 * @param arenaBytes memory for intermediate values of a context for this profile alone
 * @param flops floating-point operations of one run
 * @param firstKernel number of its first kernel in {@link Context#profile()}
 * @param kernels how many follow each other there
 */
public record ShapeProfile(
    int index,
    String name,
    List<TensorInfo> inputs,
    List<TensorInfo> outputs,
    long arenaBytes,
    double flops,
    int firstKernel,
    int kernels) {
  public ShapeProfile {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  /** Whether the inputs of a run may have these dims. */
  public boolean accepts(List<List<Long>> dims) {
    if (dims.size() != inputs.size()) {
      return false;
    }
    for (int i = 0; i < dims.size(); i++) {
      if (!inputs.get(i).accepts(dims.get(i))) {
        return false;
      }
    }
    return true;
  }

  /** {@code batch=4: x[4, 3, 224, 224]}. */
  @Override
  public String toString() {
    String shapes =
        inputs.stream().map(t -> t.name() + t.maxDims()).collect(Collectors.joining(", "));
    return name.isEmpty() ? shapes : name + ": " + shapes;
  }
}
