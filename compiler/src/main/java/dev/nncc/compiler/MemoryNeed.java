package dev.nncc.compiler;

import dev.nncc.tensor.plan.WeightTable;
import java.util.List;

/**
 * What a context of a library needs.
 *
 * @param weights bytes that the library holds and that are made of them at load
 * @param arena of the profile with the largest
 * @param scratch of one worker
 */
record MemoryNeed(long weights, long arena, long scratch) {
  static MemoryNeed of(List<PlannedProfile> profiles, WeightTable table, long scratch) {
    long arena = profiles.stream().mapToLong(p -> p.plan().memory().bytes()).max().orElse(0);
    return new MemoryNeed(table.bytes() + table.preparedBytes(), arena, scratch);
  }

  long total() {
    return weights + arena + scratch;
  }

  /** {@code weights 13.3 MB, arena 1.92 MB, scratch of each thread 12.5 kB}. */
  String parts() {
    String text = "weights " + text(weights) + ", arena " + text(arena);
    return scratch == 0 ? text : text + ", scratch of each thread " + text(scratch);
  }

  static String text(long bytes) {
    return new ByteCount(bytes).text();
  }
}
