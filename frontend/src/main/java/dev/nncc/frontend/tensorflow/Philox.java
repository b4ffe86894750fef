package dev.nncc.frontend.tensorflow;

/**
 * The counter-based generator Philox 4x32 with ten rounds (Salmon, Moraes, Dror and Shaw, 2011), as
 * TensorFlow uses it: one seed is the key, the other the upper half of the counter. The n-th number
 * depends on nothing but n and the seeds.
 */
record Philox(long key, long stream) {
  private static final int ROUNDS = 10;
  private static final long FIRST = 0xD2511F53L;
  private static final long SECOND = 0xCD9E8D57L;
  private static final int FIRST_STEP = 0x9E3779B9;
  private static final int SECOND_STEP = 0xBB67AE85;

  /** The n-th number; all 32 bits of it are random. */
  int number(long n) {
    return block(n / 4)[(int) (n % 4)];
  }

  /** Four numbers at a time. */
  int[] block(long counter) {
    int a = (int) counter;
    int b = (int) (counter >>> 32);
    int c = (int) stream;
    int d = (int) (stream >>> 32);
    int k = (int) key;
    int l = (int) (key >>> 32);
    for (int round = 0; round < ROUNDS; round++) {
      long p = FIRST * Integer.toUnsignedLong(a);
      long q = SECOND * Integer.toUnsignedLong(c);
      a = (int) (q >>> 32) ^ b ^ k;
      b = (int) q;
      c = (int) (p >>> 32) ^ d ^ l;
      d = (int) p;
      k += FIRST_STEP;
      l += SECOND_STEP;
    }
    return new int[] {a, b, c, d};
  }
}
