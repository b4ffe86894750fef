package dev.nncc.models.zoo;

import java.util.Map;
import java.util.TreeMap;

/**
 * How to make a zoo model.
 *
 * @param seed of the random weights; the same seed gives the same bytes
 * @param dims values for the architecture's settable dimensions, in place of their defaults (see
 *     {@link Zoo#dims})
 * @param openBatch whether inputs and outputs leave the batch open, as dimension {@code batch}
 */
public record ZooOptions(long seed, Map<String, Long> dims, boolean openBatch) {
  public ZooOptions {
    dims = new TreeMap<>(dims);
  }

  /** With a fixed batch. */
  public ZooOptions(long seed, Map<String, Long> dims) {
    this(seed, dims, false);
  }

  /** Seed 1 and the architecture's own dimensions. */
  public static ZooOptions defaults() {
    return new ZooOptions(1, Map.of());
  }

  /** These options with one dimension set. */
  public ZooOptions withDim(String name, long value) {
    Map<String, Long> more = new TreeMap<>(dims);
    more.put(name, value);
    return new ZooOptions(seed, more, openBatch);
  }

  /** These options with the batch left open. */
  public ZooOptions withOpenBatch() {
    return new ZooOptions(seed, dims, true);
  }
}
