package dev.nncc.tensor.interp;

import dev.nncc.graph.DType;
import dev.nncc.graph.Half;
import dev.nncc.tensor.ir.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Elements of one type in little-endian bytes, addressed by position. */
public record Memory(DType type, ByteBuffer bytes) {
  public Memory {
    bytes = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Enough memory for the buffer, holding its fill value everywhere. */
  public static Memory filled(Buffer b) {
    Memory m = allocate(b);
    for (int i = 0; i < m.size(); i++) {
      if (b.type().isFloat()) {
        m.setFloat(i, b.fill());
      } else {
        m.setInteger(i, (long) b.fill());
      }
    }
    return m;
  }

  /** Enough memory for the buffer, holding zeros. */
  public static Memory allocate(Buffer b) {
    int n = Math.toIntExact(Math.multiplyExact(b.extentInElements(), b.type().bytes()));
    return new Memory(b.type(), ByteBuffer.allocate(Math.max(0, n)));
  }

  public int size() {
    return bytes.capacity() / type.bytes();
  }

  public long integer(int i) {
    return switch (type) {
      case I64, U64 -> bytes.getLong(8 * i);
      case I32 -> bytes.getInt(4 * i);
      case U32 -> bytes.getInt(4 * i) & 0xFFFF_FFFFL;
      case I16 -> bytes.getShort(2 * i);
      case U16 -> bytes.getShort(2 * i) & 0xFFFF;
      case I8 -> bytes.get(i);
      case U8 -> bytes.get(i) & 0xFF;
      case BOOL -> bytes.get(i) == 0 ? 0 : 1;
      default -> throw new IllegalStateException("integer of " + type);
    };
  }

  public double number(int i) {
    return switch (type) {
      case F32 -> bytes.getFloat(4 * i);
      case F64 -> bytes.getDouble(8 * i);
      case F16 -> Half.toFloat(bytes.getShort(2 * i));
      case BF16 -> Float.intBitsToFloat(bytes.getShort(2 * i) << 16);
      default -> throw new IllegalStateException("float of " + type);
    };
  }

  public void setInteger(int i, long v) {
    switch (type) {
      case I64, U64 -> bytes.putLong(8 * i, v);
      case I32, U32 -> bytes.putInt(4 * i, (int) v);
      case I16, U16 -> bytes.putShort(2 * i, (short) v);
      case I8, U8, BOOL -> bytes.put(i, (byte) v);
      default -> throw new IllegalStateException("integer of " + type);
    }
  }

  public void setFloat(int i, double v) {
    switch (type) {
      case F32 -> bytes.putFloat(4 * i, (float) v);
      case F64 -> bytes.putDouble(8 * i, v);
      case F16 -> bytes.putShort(2 * i, Half.fromDouble(v));
      case BF16 -> bytes.putShort(2 * i, Half.bfloatFromDouble(v));
      default -> throw new IllegalStateException("float of " + type);
    }
  }
}
