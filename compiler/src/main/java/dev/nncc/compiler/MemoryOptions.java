package dev.nncc.compiler;

import dev.nncc.tensor.plan.ArenaMode;
import java.util.OptionalLong;

/**
 * How much memory a library may need.
 *
 * @param arena what the memory plan saves
 * @param limit most bytes of weights, arena and the scratch of one thread; empty: no limit
 */
public record MemoryOptions(ArenaMode arena, OptionalLong limit) {
  public static final MemoryOptions DEFAULT =
      new MemoryOptions(ArenaMode.FAST, OptionalLong.empty());

  public MemoryOptions withArena(ArenaMode mode) {
    return new MemoryOptions(mode, limit);
  }

  /** Compiling fails when the library would need more bytes. */
  public MemoryOptions withLimit(long bytes) {
    return new MemoryOptions(arena, OptionalLong.of(bytes));
  }
}
