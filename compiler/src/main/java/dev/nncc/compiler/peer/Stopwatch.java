package dev.nncc.compiler.peer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleSupplier;

/**
 * Times runs in blocks. With two sides the blocks take turns, and each side begins as often as the
 * other, so that a change of clock rate or load meets both; the ratio is taken pair by pair.
 *
 * @param seconds for all blocks of one side together, warm-up not counted
 * @param warmUpSeconds of each side
 * @param idleMilliseconds between the sides
 */
public record Stopwatch(double seconds, double warmUpSeconds, long idleMilliseconds) {
  private static final int BLOCKS = 10;
  private static final int WARM_UP_RUNS = 3;
  private static final double WARM_UP_SECONDS = 0.3;

  /** The peer's threads spin on after a run and would take the cores that ours is timed on. */
  private static final long IDLE_MILLISECONDS = 50;

  /** For sides with threads of their own. */
  public Stopwatch(double seconds) {
    this(seconds, WARM_UP_SECONDS, IDLE_MILLISECONDS);
  }

  /**
   * Two blocks, one of each side, one behind the other: milliseconds, medians.
   *
   * @param oursFirst which side began
   */
  public record Pair(double ours, double theirs, boolean oursFirst) {
    /** Above 1 we are faster. */
    public double ratio() {
      return theirs / ours;
    }
  }

  /**
   * Times of one side or two.
   *
   * @param ratio median over the pairs of their time divided by ours: above 1 we are faster
   * @param pairs of blocks in the order of time; none with one side
   */
  public record Result(
      Timing ours, Optional<Timing> theirs, Optional<Double> ratio, List<Pair> pairs) {
    /** Of all pairs, sorted. */
    public List<Double> ratios() {
      return pairs.stream().map(Pair::ratio).sorted().toList();
    }
  }

  /** Hears how many blocks are done. */
  public interface Listener {
    void block(int done, int total);
  }

  /** Times one side. */
  public Result time(Runnable ours, Listener listener) {
    DoubleSupplier side = timed(ours);
    warmUp(side);
    List<Double> all = new ArrayList<>();
    for (int b = 0; b < BLOCKS; b++) {
      all.addAll(block(side));
      listener.block(b + 1, BLOCKS);
    }
    return new Result(Timing.of(all), Optional.empty(), Optional.empty(), List.of());
  }

  /** Times two sides in turn. */
  public Result time(Runnable ours, Runnable theirs, Listener listener) {
    return timeParts(timed(ours), timed(theirs), listener);
  }

  /** Times two sides in turn, of which each says itself how many milliseconds count of a run. */
  public Result timeParts(DoubleSupplier ours, DoubleSupplier theirs, Listener listener) {
    warmUp(ours);
    idle();
    warmUp(theirs);
    List<Double> allOurs = new ArrayList<>();
    List<Double> allTheirs = new ArrayList<>();
    List<Pair> pairs = new ArrayList<>();
    for (int b = 0; b < BLOCKS; b++) {
      boolean oursFirst = b % 2 == 0;
      idle();
      List<Double> first = block(oursFirst ? ours : theirs);
      idle();
      List<Double> second = block(oursFirst ? theirs : ours);
      List<Double> mine = oursFirst ? first : second;
      List<Double> other = oursFirst ? second : first;
      allOurs.addAll(mine);
      allTheirs.addAll(other);
      pairs.add(new Pair(Timing.of(mine).median(), Timing.of(other).median(), oursFirst));
      listener.block(b + 1, BLOCKS);
    }
    List<Double> ratios = pairs.stream().map(Pair::ratio).sorted().toList();
    return new Result(
        Timing.of(allOurs),
        Optional.of(Timing.of(allTheirs)),
        Optional.of(Timing.median(ratios)),
        List.copyOf(pairs));
  }

  private static DoubleSupplier timed(Runnable side) {
    return () -> {
      long before = System.nanoTime();
      side.run();
      return (System.nanoTime() - before) / 1e6;
    };
  }

  private void warmUp(DoubleSupplier side) {
    long start = System.nanoTime();
    for (int i = 0; i < WARM_UP_RUNS || System.nanoTime() - start < warmUpSeconds * 1e9; i++) {
      double unused = side.getAsDouble();
    }
  }

  /** At least one run that counts; the one before it finds what the other side left. */
  private List<Double> block(DoubleSupplier side) {
    double unused = side.getAsDouble();
    List<Double> milliseconds = new ArrayList<>();
    long start = System.nanoTime();
    do {
      milliseconds.add(side.getAsDouble());
    } while (System.nanoTime() - start < seconds / BLOCKS * 1e9);
    return milliseconds;
  }

  private void idle() {
    try {
      Thread.sleep(idleMilliseconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
