package dev.nncc.compiler;

import dev.nncc.tensor.placement.Tie;
import dev.nncc.tensor.plan.ArenaMode;
import dev.nncc.tensor.plan.Expansion;
import java.util.List;
import java.util.OptionalLong;

/**
 * How much memory a library may need, what of it the file holds, and what stays in it from run to
 * run.
 *
 * @param arena what the memory plan saves
 * @param expansion when weights get the larger form that some algorithms need
 * @param limit most bytes of weights, arena and the scratch of one thread; empty: no limit
 * @param states outputs and inputs that a context keeps, in place of the caller; a {@code *} in a
 *     name stands for the same text in both
 */
public record MemoryOptions(
    ArenaMode arena, Expansion expansion, OptionalLong limit, List<Tie> states) {
  public static final MemoryOptions DEFAULT =
      new MemoryOptions(ArenaMode.FAST, Expansion.AUTO, OptionalLong.empty(), List.of());

  public MemoryOptions {
    states = List.copyOf(states);
  }

  public MemoryOptions withArena(ArenaMode mode) {
    return new MemoryOptions(mode, expansion, limit, states);
  }

  public MemoryOptions withExpansion(Expansion when) {
    return new MemoryOptions(arena, when, limit, states);
  }

  /** Compiling fails when the library would need more bytes. */
  public MemoryOptions withLimit(long bytes) {
    return new MemoryOptions(arena, expansion, OptionalLong.of(bytes), states);
  }

  /** Keeps what these outputs hold for the next run's inputs. */
  public MemoryOptions withStates(List<Tie> ties) {
    return new MemoryOptions(arena, expansion, limit, ties);
  }
}
