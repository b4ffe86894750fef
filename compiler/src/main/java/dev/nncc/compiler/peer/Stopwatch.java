package dev.nncc.compiler.peer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Times runs in blocks. With two sides the blocks alternate, so that a change of clock rate or load
 * meets both, and the ratio is taken block by block.
 *
 * @param seconds for all blocks of one side together, warm-up not counted
 */
public record Stopwatch(double seconds) {
  private static final int BLOCKS = 10;
  private static final int WARM_UP_RUNS = 3;
  private static final double WARM_UP_SECONDS = 0.3;

  /**
   * Between the sides: the peer's threads spin on for a while after a run and would take the cores
   * that our run is timed on.
   */
  private static final long IDLE_MILLISECONDS = 60;

  /**
   * Times of one side or two.
   *
   * @param ratio median over the blocks of their time divided by ours: above 1 we are faster
   * @param ratios of all blocks, sorted
   */
  public record Result(
      Timing ours, Optional<Timing> theirs, Optional<Double> ratio, List<Double> ratios) {}

  /** Hears how many blocks are done. */
  public interface Listener {
    void block(int done, int total);
  }

  /** Times one side. */
  public Result time(Runnable ours, Listener listener) {
    warmUp(ours);
    List<Double> all = new ArrayList<>();
    for (int b = 0; b < BLOCKS; b++) {
      all.addAll(block(ours));
      listener.block(b + 1, BLOCKS);
    }
    return new Result(Timing.of(all), Optional.empty(), Optional.empty(), List.of());
  }

  /** Times two sides in turn. */
  public Result time(Runnable ours, Runnable theirs, Listener listener) {
    warmUp(ours);
    idle();
    warmUp(theirs);
    idle();
    List<Double> allOurs = new ArrayList<>();
    List<Double> allTheirs = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    for (int b = 0; b < BLOCKS; b++) {
      List<Double> mine = block(ours);
      idle();
      List<Double> other = block(theirs);
      idle();
      allOurs.addAll(mine);
      allTheirs.addAll(other);
      ratios.add(Timing.of(other).median() / Timing.of(mine).median());
      listener.block(b + 1, BLOCKS);
    }
    ratios.sort(null);
    return new Result(
        Timing.of(allOurs),
        Optional.of(Timing.of(allTheirs)),
        Optional.of(Timing.median(ratios)),
        List.copyOf(ratios));
  }

  private static void warmUp(Runnable side) {
    long start = System.nanoTime();
    for (int i = 0; i < WARM_UP_RUNS || System.nanoTime() - start < WARM_UP_SECONDS * 1e9; i++) {
      side.run();
    }
  }

  /** At least one run. */
  private List<Double> block(Runnable side) {
    List<Double> milliseconds = new ArrayList<>();
    long start = System.nanoTime();
    do {
      long before = System.nanoTime();
      side.run();
      milliseconds.add((System.nanoTime() - before) / 1e6);
    } while (System.nanoTime() - start < seconds / BLOCKS * 1e9);
    return milliseconds;
  }

  private static void idle() {
    try {
      Thread.sleep(IDLE_MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
