package dev.nncc.graph;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * A constant or an evaluated tensor: compact, row-major. Element access by linear index converts
 * from and to the element type.
 */
public final class Tensor {
  private final TensorType type;
  private final Payload payload;

  public Tensor(TensorType type, Payload payload) {
    if (payload.size() != type.bytes()) {
      throw new ModelException(
          type + " needs " + type.bytes() + " bytes, there are " + payload.size());
    }
    this.type = type;
    this.payload = payload;
  }

  public TensorType type() {
    return type;
  }

  public DType dtype() {
    return type.dtype();
  }

  public Shape shape() {
    return type.shape();
  }

  public Payload payload() {
    return payload;
  }

  public long elements() {
    return type.shape().elements();
  }

  /** A reader over the elements; cheap to make, keep it outside loops. Not thread-safe. */
  public Elements reader() {
    return new Elements(type.dtype(), payload.bytes());
  }

  public double[] toDoubles() {
    double[] out = new double[Math.toIntExact(elements())];
    reader().numbers(0, out, out.length);
    return out;
  }

  public long[] toLongs() {
    long[] out = new long[Math.toIntExact(elements())];
    reader().integers(0, out, out.length);
    return out;
  }

  /** The same bytes seen with another shape of as many elements. */
  public Tensor reshaped(Shape shape) {
    return new Tensor(type.withShape(shape), payload);
  }

  public static Tensor ofFloats(Shape shape, float... values) {
    TensorBuilder b = new TensorBuilder(new TensorType(DType.F32, shape));
    for (int i = 0; i < values.length; i++) {
      b.set(i, values[i]);
    }
    return b.build();
  }

  public static Tensor ofLongs(Shape shape, long... values) {
    TensorBuilder b = new TensorBuilder(new TensorType(DType.I64, shape));
    for (int i = 0; i < values.length; i++) {
      b.set(i, values[i]);
    }
    return b.build();
  }

  /** A tensor of the bytes of a buffer, which the caller gives up writing to. */
  public static Tensor of(TensorType type, ByteBuffer bytes) {
    return new Tensor(type, Payload.of(bytes));
  }

  /** A tensor of the numbers rounded to the type as {@link TensorBuilder#set} does. */
  public static Tensor of(TensorType type, double[] values) {
    TensorBuilder b = new TensorBuilder(type);
    b.set(0, values, values.length);
    return b.build();
  }

  /** A tensor of integers; their low bytes are taken. */
  public static Tensor of(TensorType type, long[] values) {
    TensorBuilder b = new TensorBuilder(type);
    b.set(0, values, values.length);
    return b.build();
  }

  /** A tensor of one repeated number. */
  public static Tensor filled(TensorType type, double value) {
    return new Tensor(
        type,
        Payload.lazy(
            type.bytes(),
            () -> {
              TensorBuilder b = new TensorBuilder(type);
              for (long i = 0, n = type.shape().elements(); i < n; i++) {
                b.set(i, value);
              }
              return b.bytes();
            }));
  }

  /**
   * Typed access to packed elements. Integers are exact through {@link #integer}, also unsigned
   * 64-bit ones as their bit pattern.
   */
  public static final class Elements {
    private final DType dtype;
    private final ByteBuffer b;

    Elements(DType dtype, ByteBuffer bytes) {
      this.dtype = dtype;
      this.b = bytes.order(ByteOrder.LITTLE_ENDIAN);
    }

    public double number(long index) {
      int i = Math.toIntExact(index * dtype.bytes());
      return switch (dtype) {
        case F64 -> b.getDouble(i);
        case F32 -> b.getFloat(i);
        case F16 -> Half.toFloat(b.getShort(i));
        case BF16 -> Float.intBitsToFloat(b.getShort(i) << 16);
        case U64 -> unsigned(b.getLong(i));
        default -> integer(index);
      };
    }

    /** The element as an integer; floats are truncated towards zero. */
    public long integer(long index) {
      int i = Math.toIntExact(index * dtype.bytes());
      return switch (dtype) {
        case I64, U64 -> b.getLong(i);
        case I32 -> b.getInt(i);
        case U32 -> b.getInt(i) & 0xFFFFFFFFL;
        case I16 -> b.getShort(i);
        case U16 -> b.getShort(i) & 0xFFFF;
        case I8 -> b.get(i);
        case U8 -> b.get(i) & 0xFF;
        case BOOL -> b.get(i) != 0 ? 1 : 0;
        default -> (long) number(index);
      };
    }

    /** Reads {@code n} elements from index {@code from} on. */
    public void numbers(long from, double[] into, int n) {
      int i = Math.toIntExact(from);
      switch (dtype) {
        case F64 -> b.asDoubleBuffer().get(i, into, 0, n);
        case F32 -> {
          FloatBuffer f = b.asFloatBuffer();
          for (int k = 0; k < n; k++) {
            into[k] = f.get(i + k);
          }
        }
        default -> {
          for (int k = 0; k < n; k++) {
            into[k] = number(from + k);
          }
        }
      }
    }

    /** Reads {@code n} elements from index {@code from} on, as {@link #integer} does. */
    public void integers(long from, long[] into, int n) {
      if (dtype == DType.I64 || dtype == DType.U64) {
        b.asLongBuffer().get(Math.toIntExact(from), into, 0, n);
        return;
      }
      for (int k = 0; k < n; k++) {
        into[k] = integer(from + k);
      }
    }

    private static double unsigned(long v) {
      return v >= 0 ? v : (v >>> 1 | v & 1) * 2.0;
    }
  }
}
