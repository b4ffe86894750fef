package dev.nncc.graph;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Fills a tensor element by element, zero at first. Not thread-safe; useless after {@link #build}.
 */
public final class TensorBuilder {
  private final TensorType type;
  private final ByteBuffer b;

  public TensorBuilder(TensorType type) {
    this.type = type;
    this.b =
        ByteBuffer.allocateDirect(Math.toIntExact(type.bytes())).order(ByteOrder.LITTLE_ENDIAN);
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

  ByteBuffer bytes() {
    return b;
  }

  public Tensor build() {
    return new Tensor(type, Payload.of(b));
  }
}
