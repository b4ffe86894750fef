package dev.nncc.compiler;

import dev.nncc.tensor.placement.Placement;
import dev.nncc.tensor.plan.RunPlan;
import java.util.List;

/**
 * What a library consists of, for reports that look inside. Functions are those of all shape
 * profiles, the rest is one profile's.
 *
 * @param profile its name; empty where there is only one
 * @param placement the fused graph and where its values lie
 * @param plan the calls of a run, in order
 * @param functions the distinct kernels
 * @param functionOfStep for each step of the plan an index into {@code functions}
 * @param report the figures so far
 */
public record Anatomy(
    String profile,
    Placement placement,
    RunPlan plan,
    List<Function> functions,
    List<Integer> functionOfStep,
    CompileReport report) {
  /**
   * A kernel of the library.
   *
   * @param codeBytes of its object file: machine code and tables
   * @param parallel extent of the loop that workers share, 1 if there is none
   */
  public record Function(String name, long codeBytes, long parallel) {}

  public Anatomy {
    functions = List.copyOf(functions);
    functionOfStep = List.copyOf(functionOfStep);
  }
}
