package dev.nncc.compiler.measure;

import dev.nncc.compiler.measure.Peaks.Bandwidth;
import dev.nncc.runtime.Context;
import dev.nncc.runtime.ContextOptions;
import dev.nncc.runtime.Model;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What this machine can do at most, measured by kernels of our own compiler: a share of it is a
 * share of what some schedule could reach.
 *
 * @param folder for the kernels
 * @param threads counts to measure at
 * @param seconds of each measurement; the fastest run counts
 */
public record PeakKernels(Path folder, Processor machine, List<Integer> threads, double seconds) {
  private static final int CHUNKS = 8;

  /** Enough independent sums to hide the latency of an FMA, few enough for 16 registers. */
  private static final int SUMS = 12;

  /** A run takes about a millisecond: short enough to find one that nobody interrupts. */
  private static final long ROUNDS = 100_000;

  /** What a run reads of a cache, all chunks together. */
  private static final long READ_BYTES = 160L << 20;

  /**
   * What a run goes over in memory, in sizes of the last cache: so little of it is still there that
   * the figure is memory's.
   */
  private static final long CACHES = 16;

  /** Where the last cache is large, fewer times its size will do. */
  private static final long FEWEST_CACHES = 4;

  private static final long ENOUGH_BYTES = 1L << 30;

  /** Hears what is measured next. */
  public interface Listener {
    void next(String what, int done, int total);
  }

  /** Measures all of it; some seconds. */
  public Peaks measure(Listener listener) throws IOException {
    int lanes = KernelLibrary.lanes();
    int total = 6;
    listener.next("multiply-adds", 0, total);
    double flops = 2.0 * CHUNKS * SUMS * lanes * ROUNDS;
    List<Double> rates = rates(new KernelLibrary(fma(lanes, ROUNDS), CHUNKS, 0.5f), flops);
    List<Double> pairs = List.of();
    if (KernelLibrary.hasPairs()) {
      String text = pairs(lanes, ROUNDS);
      pairs = rates(new KernelLibrary(text, CHUNKS, 0.5f), 2 * flops);
    }
    List<Bandwidth> bandwidths = new ArrayList<>();
    listener.next("L1", 1, total);
    bandwidths.add(read(Peaks.L1, machine.cache(1) / 2, lanes));
    listener.next("L2", 2, total);
    bandwidths.add(read(Peaks.L2, machine.cache(2) / 2, lanes));
    listener.next("L3", 3, total);
    // All chunks together fill half of it, so that what comes again is still there.
    bandwidths.add(
        read(Peaks.L3, Math.max(2 * machine.cache(2), machine.cache(3) / CHUNKS / 2), lanes));
    listener.next("memory", 4, total);
    long memory = memoryBytes(machine.cache(3)) / CHUNKS;
    bandwidths.add(read(Peaks.MEMORY, memory, lanes));
    listener.next("memory", 5, total);
    bandwidths.add(copy(memory / 2, lanes));
    return new Peaks(machine.name(), machine.cores(), threads, rates, pairs, bandwidths);
  }

  /** All chunks together. */
  static long memoryBytes(long lastCache) {
    return Math.max(FEWEST_CACHES * lastCache, Math.min(CACHES * lastCache, ENOUGH_BYTES));
  }

  /** Multiply-adds on registers: each sum goes to 1. */
  static String fma(int lanes, long rounds) {
    return String.format(
        Locale.ROOT,
        """
        kernel fma(X: f32[2,%1$d], Y: f32[%2$d,%3$d,%1$d])
        par p < %2$d
          alloc a: f32 reg [%3$d,%1$d] {
            unroll i < %3$d vec v < %1$d a[i, v] = f32(i)
            for k < %4$d unroll i < %3$d vec v < %1$d a[i, v] = a[i, v] * X[0, v] + X[1, v]
            unroll i < %3$d vec v < %1$d Y[p, i, v] = a[i, v]
          }
        """,
        lanes,
        CHUNKS,
        SUMS,
        rounds);
  }

  /** Dot products of pairs of bf16 on registers: each sum grows by the same number. */
  static String pairs(int lanes, long rounds) {
    return String.format(
        Locale.ROOT,
        """
        kernel pairs(X: u32[2,%1$d], Y: f32[%2$d,%3$d,%1$d])
        par p < %2$d
          alloc a: f32 reg [%3$d,%1$d] {
            unroll i < %3$d vec v < %1$d a[i, v] = f32(i)
            for k < %4$d unroll i < %3$d vec v < %1$d a[i, v] += dot_bf16(X[0, v], X[1, v])
            unroll i < %3$d vec v < %1$d Y[p, i, v] = a[i, v]
          }
        """,
        lanes,
        CHUNKS,
        SUMS,
        rounds);
  }

  /** Reads the same bytes again and again; each chunk has its own. */
  static String sum(int lanes, long steps, long rounds) {
    return String.format(
        Locale.ROOT,
        """
        kernel sum(X: f32[%2$d,%4$d,%3$d,%1$d], Y: f32[%2$d,%3$d,%1$d])
        par p < %2$d
          alloc a: f32 reg [%3$d,%1$d] {
            unroll i < %3$d vec v < %1$d a[i, v] = 0.0
            for r < %5$d for k < %4$d unroll i < %3$d vec v < %1$d a[i, v] += X[p, k, i, v]
            unroll i < %3$d vec v < %1$d Y[p, i, v] = a[i, v]
          }
        """,
        lanes,
        CHUNKS,
        SUMS,
        steps,
        rounds);
  }

  private Bandwidth read(String name, long bytes, int lanes) throws IOException {
    long step = (long) Float.BYTES * SUMS * lanes;
    long steps = Math.max(1, bytes / step);
    long rounds = Math.max(1, READ_BYTES / CHUNKS / (steps * step));
    KernelLibrary library = new KernelLibrary(sum(lanes, steps, rounds), CHUNKS, 0.5f);
    double moved = (double) CHUNKS * steps * step * rounds;
    return new Bandwidth(name, steps * step, rates(library, moved));
  }

  private Bandwidth copy(long bytes, int lanes) throws IOException {
    long steps = bytes / Float.BYTES / lanes;
    String text =
        String.format(
            Locale.ROOT,
            """
            kernel scale(X: f32[%1$d,%2$d,%3$d], Z: f32[%1$d,%2$d,%3$d], Y: f32[%1$d])
            par p < %1$d {
              for k < %2$d vec v < %3$d Z[p, k, v] = X[p, k, v] * 0.5
              Y[p] = Z[p, 0, 0]
            }
            """,
            CHUNKS,
            steps,
            lanes);
    double moved = 2.0 * CHUNKS * steps * lanes * Float.BYTES;
    return new Bandwidth(
        Peaks.COPY,
        steps * lanes * Float.BYTES,
        rates(new KernelLibrary(text, CHUNKS, 0.5f), moved));
  }

  /** Amount of a run divided by its shortest time, for each number of threads. */
  private List<Double> rates(KernelLibrary library, double amount) throws IOException {
    List<Double> rates = new ArrayList<>();
    try (Model model = Model.load(library.build(folder))) {
      for (int count : threads) {
        try (Context context = model.newContext(ContextOptions.DEFAULT.withThreads(count))) {
          long best = Long.MAX_VALUE;
          long start = System.nanoTime();
          for (int i = 0; i < 3 || System.nanoTime() - start < seconds * 1e9; i++) {
            long before = System.nanoTime();
            context.run();
            best = Math.min(best, System.nanoTime() - before);
          }
          rates.add(amount / best * 1e9);
        }
      }
    }
    return rates;
  }
}
