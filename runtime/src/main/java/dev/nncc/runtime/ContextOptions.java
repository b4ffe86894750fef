package dev.nncc.runtime;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * How a context runs. Results do not depend on any of this, but for {@link Flag#FLUSH_DENORMALS}.
 *
 * @param threads 0: all CPUs that affinity and cgroup allow; counts the calling thread
 * @param flags switched on
 * @param arena memory of the caller for intermediate values: direct, aligned to 64 bytes, at least
 *     {@link Model#arenaBytes()}; it stays the caller's, who may look into it between runs
 * @param profile the only shapes that the context is for: it takes memory for these alone; empty:
 *     all of the model's
 * @param steps is told after each step of a run
 */
public record ContextOptions(
    int threads,
    Set<Flag> flags,
    Optional<ByteBuffer> arena,
    Optional<ShapeProfile> profile,
    Optional<StepListener> steps) {
  /** All defaults. */
  public static final ContextOptions DEFAULT =
      new ContextOptions(0, Set.of(), Optional.empty(), Optional.empty(), Optional.empty());

  private static final int ONE_PROFILE = 1 << 6;

  public ContextOptions {
    if (threads < 0) {
      throw new IllegalArgumentException("threads " + threads);
    }
    flags = Collections.unmodifiableSet(new LinkedHashSet<>(flags));
  }

  /** Switches. */
  public enum Flag {
    /** Copy the weights to huge pages. */
    COPY_WEIGHTS(1 << 1),
    /** Time each kernel. */
    PROFILE(1 << 2),
    /** Treat denormal numbers as zero. */
    FLUSH_DENORMALS(1 << 3),
    /** One CPU for each worker thread. */
    PIN_THREADS(1 << 4),
    /** Worker threads sleep at once when there is nothing to do. */
    NO_SPIN(1 << 5),
    /**
     * Runs read the weights in as they come to them. Without it a model's first context reads all
     * of them in, which takes less time in all.
     */
    LAZY_WEIGHTS(1 << 7);

    private final int bit; // in nncc_options.flags

    Flag(int bit) {
      this.bit = bit;
    }
  }

  public ContextOptions withThreads(int count) {
    return new ContextOptions(count, flags, arena, profile, steps);
  }

  public ContextOptions with(Flag flag) {
    Set<Flag> more = EnumSet.of(flag);
    more.addAll(flags);
    return new ContextOptions(threads, more, arena, profile, steps);
  }

  public ContextOptions withArena(ByteBuffer memory) {
    return new ContextOptions(threads, flags, Optional.of(memory), profile, steps);
  }

  /** Runs then cost a call of Java for each step. */
  public ContextOptions withSteps(StepListener listener) {
    return new ContextOptions(threads, flags, arena, profile, Optional.of(listener));
  }

  /** For one of {@link Model#profiles()}. */
  public ContextOptions withProfile(ShapeProfile only) {
    return new ContextOptions(threads, flags, arena, Optional.of(only), steps);
  }

  int bits() {
    int bits = profile.isPresent() ? ONE_PROFILE : 0;
    for (Flag f : flags) {
      bits |= f.bit;
    }
    return bits;
  }
}
