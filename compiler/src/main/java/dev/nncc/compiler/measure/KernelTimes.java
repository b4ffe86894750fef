package dev.nncc.compiler.measure;

import dev.nncc.compiler.run.CompiledModel;
import dev.nncc.graph.Tensor;
import dev.nncc.runtime.ContextOptions;
import dev.nncc.runtime.KernelProfile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Times of the kernels of a library, over many runs of one shape profile.
 *
 * @param kernels in the order of a run, those of other profiles left out
 * @param runs that were made
 */
public record KernelTimes(List<Timed> kernels, int runs) {
  private static final int LEAST_RUNS = 3;
  private static final double MOST_SECONDS = 1;

  public KernelTimes {
    kernels = List.copyOf(kernels);
  }

  /**
   * One call of a run.
   *
   * @param index its number among the kernels of the library
   * @param milliseconds of all its calls in a run, on average
   * @param best milliseconds of the fastest call
   * @param calls in a run
   * @param flops of one call
   * @param bytes that one call reads and writes
   */
  public record Timed(
      int index,
      String name,
      String sourceNodes,
      double milliseconds,
      double best,
      long calls,
      double flops,
      double bytes) {
    /** On average. */
    public double flopsPerSecond() {
      return milliseconds == 0 ? 0 : flops * calls / milliseconds * 1e3;
    }

    /** On average. */
    public double bytesPerSecond() {
      return milliseconds == 0 ? 0 : bytes * calls / milliseconds * 1e3;
    }
  }

  /** Milliseconds of all kernels of a run. */
  public double total() {
    return kernels.stream().mapToDouble(Timed::milliseconds).sum();
  }

  /**
   * Runs a library with a clock around each kernel.
   *
   * @param threads 0: as many as the library takes by itself
   * @param seconds at most that many, and one second
   */
  public static KernelTimes measure(
      Path library, List<Tensor> inputs, int threads, double seconds) {
    ContextOptions options =
        ContextOptions.DEFAULT.withThreads(threads).with(ContextOptions.Flag.PROFILE);
    try (CompiledModel model = CompiledModel.open(library, options)) {
      model.setInputs(inputs);
      long start = System.nanoTime();
      int warm = 0;
      while (warm < LEAST_RUNS || System.nanoTime() - start < 0.2 * seconds * 1e9) {
        model.run();
        warm++;
      }
      List<KernelProfile> before = model.context().profile();
      start = System.nanoTime();
      int runs = 0;
      double most = Math.min(MOST_SECONDS, seconds);
      while (runs < LEAST_RUNS || System.nanoTime() - start < most * 1e9) {
        model.run();
        runs++;
      }
      return difference(before, model.context().profile(), runs);
    }
  }

  private static KernelTimes difference(
      List<KernelProfile> before, List<KernelProfile> after, int runs) {
    List<Timed> kernels = new ArrayList<>();
    for (int i = 0; i < after.size(); i++) {
      KernelProfile k = after.get(i);
      long calls = k.calls() - before.get(i).calls();
      if (calls > 0) {
        kernels.add(
            new Timed(
                i,
                k.name(),
                k.sourceNodes(),
                (k.totalNanos() - before.get(i).totalNanos()) / 1e6 / runs,
                k.minNanos() / 1e6,
                calls / runs,
                k.flops(),
                k.bytes()));
      }
    }
    return new KernelTimes(kernels, runs);
  }
}
