package dev.nncc.compiler;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What a compilation made. Kernels, launches, work and arena are those of the profile with the most
 * work.
 *
 * @param target machine and processor
 * @param precision of the factors of products: fp32, bf16 or fp16
 * @param kernels the ladder of kernel counts
 * @param launches of one run: kernel calls, those that run beside each other counted once
 * @param distinctKernels functions in the library
 * @param weightBytes packed constants
 * @param winogradBytes of these, what filters in frequencies take more than the model's own
 * @param preparedBytes weights in the form that algorithms multiply with, made at load
 * @param codeBytes machine code and tables of all kernels
 * @param seconds of each stage that ran
 * @param notes sentences for the user, such as what was assumed
 * @param states names of the inputs that are kept in the context
 * @param profiles the figures of each shape profile, in order; one without a name where the library
 *     has fixed shapes
 */
public record CompileReport(
    String model,
    String target,
    String precision,
    Ladder kernels,
    int launches,
    int distinctKernels,
    double flops,
    long arenaBytes,
    long arenaLowerBoundBytes,
    long weightBytes,
    long winogradBytes,
    long preparedBytes,
    long codeBytes,
    long libraryBytes,
    Map<String, Double> seconds,
    List<Path> files,
    List<String> notes,
    List<String> states,
    List<Profile> profiles) {
  /**
   * What depends on the shapes of a profile.
   *
   * @param name as in {@link ShapeChoice#name()}
   */
  public record Profile(
      String name,
      Ladder kernels,
      int launches,
      double flops,
      long arenaBytes,
      long arenaLowerBoundBytes) {}

  /**
   * Kernels after import and after each kind of fusion: regions plus every copy and layout
   * conversion that is left.
   *
   * @param imported nodes after stripping and constant folding
   * @param copies among the last two: concatenations (one for each part), slices and reshapes that
   *     storage could not make views
   * @param conversions among the last three: changes between the caller's layout and ours
   * @param joined pairs of the last that bands make one kernel
   */
  public record Ladder(
      int imported,
      int vertical,
      int concat,
      int horizontal,
      int copies,
      int conversions,
      int joined) {
    /** Kernels of a run. */
    public int left() {
      return horizontal - joined;
    }
  }
}
