package dev.nncc.benchmarks.onednn;

import dev.nncc.compiler.peer.Stopwatch;
import dev.nncc.tensor.winograd.Winograd;
import java.io.IOException;
import java.nio.file.Path;

/**
 * One convolution with bias and ReLU, ours and oneDNN's, on one thread.
 *
 * @param seconds of measuring each side
 * @param folder for the library
 */
public record ConvDuel(OneDnn oneDnn, double seconds, Path folder) {
  private static final double WARM_UP_SECONDS = 0.05;

  /**
   * Milliseconds of both sides.
   *
   * @param warm with weights in the caches, as in a loop over one layer
   * @param cold with weights in memory, as in a network that is larger than the caches
   */
  public record Result(String implementation, Stopwatch.Result warm, Stopwatch.Result cold) {}

  /** Compiles and measures. */
  public Result run(ConvShape shape) throws IOException {
    OneDnn.Convolution theirs = oneDnn.convolution(shape);
    try (ConvAlone ours = ConvAlone.of(shape, Winograd.OFF, folder)) {
      OtherData other = new OtherData();
      Stopwatch watch = new Stopwatch(seconds, WARM_UP_SECONDS, 0); // no thread spins on
      Stopwatch.Result warm = watch.timeParts(ours::run, () -> theirs(theirs), (done, total) -> {});
      Stopwatch.Result cold =
          watch.timeParts(
              () -> {
                other.read();
                return ours.run();
              },
              () -> {
                other.read();
                return theirs(theirs);
              },
              (done, total) -> {});
      return new Result(theirs.implementation(), warm, cold);
    }
  }

  private static double theirs(OneDnn.Convolution c) {
    c.produce();
    long start = System.nanoTime();
    c.run();
    return (System.nanoTime() - start) / 1e6;
  }
}
