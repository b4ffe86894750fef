package dev.nncc.codegen.llvm.plan;

/**
 * Arena bytes that are written once, when a context is created: halos. {@code countOuter} times,
 * {@code strideOuter} bytes apart, {@code countInner} times, {@code strideInner} bytes apart,
 * {@code bytes} bytes of a repeated pattern.
 *
 * @param offset of the first byte in the arena
 * @param pattern 8 bytes, repeated from each run's start, little-endian
 */
public record FillSpec(
    long offset,
    long bytes,
    long countOuter,
    long strideOuter,
    long countInner,
    long strideInner,
    long pattern) {

  /** One run of bytes. */
  public static FillSpec run(long offset, long bytes, long pattern) {
    return new FillSpec(offset, bytes, 1, 0, 1, 0, pattern);
  }

  /** The 8-byte pattern of a repeated float. */
  public static long pattern(float value) {
    long bits = Integer.toUnsignedLong(Float.floatToRawIntBits(value));
    return bits << 32 | bits;
  }
}
