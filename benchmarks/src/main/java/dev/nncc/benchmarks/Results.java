package dev.nncc.benchmarks;

import dev.nncc.compiler.CompileReport;
import dev.nncc.compiler.measure.Peaks;
import dev.nncc.compiler.peer.Stopwatch;
import java.util.List;

/** What measurements give. Stored as JSON and shown by {@link ResultsText}. */
final class Results {
  private Results() {}

  /**
   * When and with what something was measured.
   *
   * @param commit of nncc; ends in {@code +} where the checkout had changes
   * @param load average number of busy processes when the program began: above 0.3 the figures are
   *     no good
   */
  record Origin(String commit, String date, double load) {}

  /**
   * A model against the peer.
   *
   * @param flops of one run
   * @param relativeL2 of the worst output
   * @param hot the kernels of a run on one thread, the slowest first
   * @param failure why there are no figures; else empty
   */
  record Comparison(
      String model,
      Origin origin,
      String peer,
      double flops,
      List<Timed> timed,
      double relativeL2,
      List<Hot> hot,
      String failure) {
    static Comparison failed(String model, Origin origin, String why) {
      return new Comparison(model, origin, "", 0, List.of(), 0, List.of(), why);
    }
  }

  /**
   * Both sides with a number of threads.
   *
   * @param ours milliseconds of a run, median
   * @param theirs milliseconds of a run, median
   * @param ratio median over the pairs of blocks of their median time divided by ours
   * @param pairs all of them, in the order of time
   */
  record Timed(int threads, double ours, double theirs, double ratio, List<Pair> pairs) {}

  /** A block of each side: medians in milliseconds. */
  record Pair(double ours, double theirs, boolean oursFirst) {
    static List<Pair> of(List<Stopwatch.Pair> pairs) {
      return pairs.stream().map(p -> new Pair(p.ours(), p.theirs(), p.oursFirst())).toList();
    }

    double ratio() {
      return theirs / ours;
    }
  }

  /**
   * A kernel of a model.
   *
   * @param nodes of the model that it computes
   * @param share of the time of a run
   * @param flopsPerSecond that it reaches
   * @param bytesPerSecond of its operands, each counted once
   */
  record Hot(
      String kernel, String nodes, double share, double flopsPerSecond, double bytesPerSecond) {}

  /**
   * What a compilation costs and what comes out.
   *
   * @param seconds of a fresh process, median
   * @param peakMemory of that process in bytes
   * @param libraryBytes of the file
   * @param formBytes of it that larger forms of weights take beyond the weights
   * @param modelBytes of the weights that the model file holds
   * @param loadMilliseconds of loading and making a context in a fresh process, median
   * @param firstMilliseconds of the first run after it, median
   * @param steadyMilliseconds median of later runs of the same processes
   */
  record Compilation(
      String model,
      Origin origin,
      double seconds,
      long peakMemory,
      long libraryBytes,
      long formBytes,
      long codeBytes,
      long modelBytes,
      double loadMilliseconds,
      double firstMilliseconds,
      double steadyMilliseconds,
      String failure) {
    static Compilation failed(String model, Origin origin, String why) {
      return new Compilation(model, origin, 0, 0, 0, 0, 0, 0, 0, 0, 0, why);
    }
  }

  /**
   * What the optimiser makes of a model.
   *
   * @param kernels after each step
   * @param launches of one run
   * @param functions that are different
   * @param arenaBytes as compiled by default
   * @param smallArenaBytes with {@code --arena small}
   * @param lowerBoundBytes of the small arena
   * @param optimiserSeconds of all passes over the graph
   * @param seconds of the whole compilation
   * @param failure why there are no figures; else empty
   */
  record Ladder(
      String model,
      Origin origin,
      CompileReport.Ladder kernels,
      int launches,
      int functions,
      long arenaBytes,
      long smallArenaBytes,
      long lowerBoundBytes,
      long weightBytes,
      long codeBytes,
      double optimiserSeconds,
      double seconds,
      String failure) {
    static Ladder failed(String model, Origin origin, String why) {
      CompileReport.Ladder none = new CompileReport.Ladder(0, 0, 0, 0, 0, 0, 0);
      return new Ladder(model, origin, none, 0, 0, 0, 0, 0, 0, 0, 0, 0, why);
    }
  }

  /**
   * A model compiled by another commit and by this one.
   *
   * @param before the other commit
   * @param failure why there are no figures; else empty
   */
  record Change(
      String model, Origin origin, String before, List<Interval> intervals, String failure) {
    static Change failed(String model, Origin origin, String why) {
      return new Change(model, origin, "", List.of(), why);
    }
  }

  /** Time before divided by time now over blocks: median and quartiles. */
  record Interval(int threads, double low, double median, double high) {}

  /**
   * The distinct convolutions of a model beside oneDNN's.
   *
   * @param version of oneDNN
   */
  record Convolutions(String model, Origin origin, String version, List<Layer> layers) {}

  /**
   * One of them.
   *
   * @param times that it occurs in the model
   * @param flops of the direct algorithm
   * @param implementation what oneDNN calls its code
   */
  record Layer(
      String shape, int times, double flops, String implementation, Sides warm, Sides cold) {}

  /** Milliseconds, medians; the ratio is the median of all pairs of blocks. */
  record Sides(double ours, double theirs, double ratio) {}

  /** What the machine can do. */
  record Peak(Origin origin, Peaks peaks) {}
}
