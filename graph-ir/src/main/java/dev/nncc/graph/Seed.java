package dev.nncc.graph;

import java.nio.ByteBuffer;

/**
 * Names pseudo-random tensors, so that texts and tests need not hold weights. The same seed and
 * type give the same elements everywhere and always.
 *
 * @param low the least element
 * @param high elements are below this
 */
public record Seed(long value, double low, double high) {
  public Seed {
    ModelException.require(low < high, "seed with an empty range: %s .. %s", low, high);
  }

  /** Elements from -1 to 1. */
  public static Seed of(long value) {
    return new Seed(value, -1, 1);
  }

  /** The seed that belongs to a name. */
  public static Seed of(String name) {
    long h = 0xcbf29ce484222325L;
    for (int i = 0; i < name.length(); i++) {
      h = (h ^ name.charAt(i)) * 0x100000001b3L;
    }
    return of(h);
  }

  /**
   * The tensor of this seed. Integers are the floor of numbers of the range, which is ten times as
   * wide for them; unsigned ones have no sign; bools are fair coins.
   */
  public Tensor tensor(TensorType type) {
    return new Tensor(type, Payload.lazy(type.bytes(), this, () -> fill(type)));
  }

  private ByteBuffer fill(TensorType type) {
    TensorBuilder b = new TensorBuilder(type);
    DType t = type.dtype();
    long state = value;
    for (long i = 0, n = type.shape().elements(); i < n; i++) {
      state += 0x9e3779b97f4a7c15L;
      double unit = (mix(state) >>> 11) * 0x1p-53;
      double v = low + unit * (high - low);
      if (t.isFloat()) {
        b.set(i, v);
      } else if (t == DType.BOOL) {
        b.set(i, unit < 0.5 ? 0L : 1L);
      } else {
        long integer = (long) Math.floor(10 * v);
        b.set(i, t.isSigned() ? integer : Math.abs(integer));
      }
    }
    return b.bytes();
  }

  /** The finaliser of splitmix64: every bit depends on every bit. */
  private static long mix(long state) {
    long z = (state ^ state >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }
}
