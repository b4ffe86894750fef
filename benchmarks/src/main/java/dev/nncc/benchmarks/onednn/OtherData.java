package dev.nncc.benchmarks.onednn;

/** What else a network reads between two runs of a layer. */
public final class OtherData {
  /** More than the last cache holds. */
  private static final int LONGS = 6 << 20;

  private final long[] data = new long[LONGS];

  /** Reads so much that the caches hold nothing of what was measured last. */
  public void read() {
    for (int i = 0; i < data.length; i += 8) {
      data[i]++;
    }
  }
}
