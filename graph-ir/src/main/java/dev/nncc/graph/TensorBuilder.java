package dev.nncc.graph;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * Fills a tensor element by element, zero at first. Not thread-safe; useless after {@link #build}.
 */
public final class TensorBuilder {
  /** Above this, memory outside the Java heap. */
  private static final int MOST_HEAP_BYTES = 1 << 16;

  private final TensorType type;
  private final ByteBuffer b;

  public TensorBuilder(TensorType type) {
    this.type = type;
    this.b = allocate(type.bytes());
  }

  /** A zeroed little-endian buffer for the payload of a tensor. */
  public static ByteBuffer allocate(long bytes) {
    int n = Math.toIntExact(bytes);
    ByteBuffer b = n <= MOST_HEAP_BYTES ? ByteBuffer.allocate(n) : ByteBuffer.allocateDirect(n);
    return b.order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Stores a number rounded to the element type; integers truncate towards zero and wrap, bool is
   * whether it is not zero.
   */
  public void set(long index, double value) {
    int i = Math.toIntExact(index * type.dtype().bytes());
    switch (type.dtype()) {
      case F64 -> b.putDouble(i, value);
      case F32 -> b.putFloat(i, (float) value);
      case F16 -> b.putShort(i, Half.fromDouble(value));
      case BF16 -> b.putShort(i, Half.bfloatFromDouble(value));
      case BOOL -> b.put(i, (byte) (value != 0 ? 1 : 0));
      case U64 ->
          set(index, value >= 0x1p63 ? (long) (value - 0x1p63) ^ Long.MIN_VALUE : (long) value);
      default -> set(index, (long) value);
    }
  }

  public void set(long index, long value) {
    int i = Math.toIntExact(index * type.dtype().bytes());
    switch (type.dtype()) {
      case I64, U64 -> b.putLong(i, value);
      case I32, U32 -> b.putInt(i, (int) value);
      case I16, U16 -> b.putShort(i, (short) value);
      case I8, U8 -> b.put(i, (byte) value);
      case BOOL -> b.put(i, (byte) (value != 0 ? 1 : 0));
      default -> set(index, (double) value);
    }
  }

  /** Stores {@code n} numbers from index {@code from} on. */
  public void set(long from, double[] values, int n) {
    int i = Math.toIntExact(from);
    switch (type.dtype()) {
      case F64 -> b.asDoubleBuffer().put(i, values, 0, n);
      case F32 -> {
        FloatBuffer f = b.asFloatBuffer();
        for (int k = 0; k < n; k++) {
          f.put(i + k, (float) values[k]);
        }
      }
      default -> {
        for (int k = 0; k < n; k++) {
          set(from + k, values[k]);
        }
      }
    }
  }

  /** Stores {@code n} integers from index {@code from} on. */
  public void set(long from, long[] values, int n) {
    if (type.dtype() == DType.I64 || type.dtype() == DType.U64) {
      b.asLongBuffer().put(Math.toIntExact(from), values, 0, n);
      return;
    }
    for (int k = 0; k < n; k++) {
      set(from + k, values[k]);
    }
  }

  ByteBuffer bytes() {
    return b;
  }

  public Tensor build() {
    return new Tensor(type, Payload.of(b));
  }
}
