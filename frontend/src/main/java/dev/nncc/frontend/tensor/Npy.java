package dev.nncc.frontend.tensor;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.DType;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Payload;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * NumPy's file format: a magic number, a version, a header that is a Python dictionary with the
 * keys {@code descr}, {@code fortran_order} and {@code shape}, then the elements.
 */
final class Npy {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final Pattern DESCR = Pattern.compile("'descr'\\s*:\\s*'([^']*)'");
  private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([^)]*)\\)");
  private static final int ALIGNMENT = 64;

  private Npy() {}

  static Tensor read(ByteBuffer file) {
    ByteBuffer b = file.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    require(b.remaining() >= MAGIC.length + 4, "not a .npy file: too short");
    for (byte m : MAGIC) {
      require(b.get() == m, "not a .npy file");
    }
    int version = b.get();
    require(version >= 1 && version <= 3, ".npy version %d is not supported", version);
    b.get();
    require(version == 1 || b.remaining() >= 4, "not a .npy file: too short");
    long length = version == 1 ? b.getShort() & 0xFFFF : b.getInt() & 0xFFFFFFFFL;
    require(length <= b.remaining(), "the header of the .npy file is cut off");
    byte[] header = new byte[(int) length];
    b.get(header);
    String text = new String(header, StandardCharsets.UTF_8);

    String descr = find(DESCR, text, "descr");
    DType dtype = dtype(descr);
    Shape shape = shape(find(SHAPE, text, "shape"));
    boolean fortran = find(ORDER, text, "fortran_order").equals("True");
    TensorType type = new TensorType(dtype, shape);
    long bytes = bytes(type);
    require(b.remaining() >= bytes, "%s needs %d bytes, there are %d", type, bytes, b.remaining());
    ByteBuffer data = b.slice(b.position(), (int) bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (descr.charAt(0) == '>' && dtype.bytes() > 1) {
      data = swapped(data, dtype.bytes());
    }
    if (fortran && shape.rank() > 1) {
      data = rowMajor(data, shape, dtype.bytes());
    }
    return new Tensor(type, Payload.of(data));
  }

  private static long bytes(TensorType type) {
    try {
      return type.bytes();
    } catch (ArithmeticException e) {
      throw new ModelException("shape " + type.shape() + " is too large", e);
    }
  }

  private static String find(Pattern p, String text, String what) {
    Matcher m = p.matcher(text);
    require(m.find(), "the header of the .npy file has no %s", what);
    return m.group(1);
  }

  private static DType dtype(String descr) {
    String d = descr.isEmpty() ? "" : descr.substring(1);
    return switch (d) {
      case "f8" -> DType.F64;
      case "f4" -> DType.F32;
      case "f2" -> DType.F16;
      case "i8" -> DType.I64;
      case "i4" -> DType.I32;
      case "i2" -> DType.I16;
      case "i1" -> DType.I8;
      case "u8" -> DType.U64;
      case "u4" -> DType.U32;
      case "u2" -> DType.U16;
      case "u1" -> DType.U8;
      case "b1" -> DType.BOOL;
      default -> throw new ModelException(".npy element type '" + descr + "' is not supported");
    };
  }

  private static String descr(DType dtype) {
    return switch (dtype) {
      case F64 -> "<f8";
      case F32 -> "<f4";
      case F16 -> "<f2";
      case I64 -> "<i8";
      case I32 -> "<i4";
      case I16 -> "<i2";
      case I8 -> "|i1";
      case U64 -> "<u8";
      case U32 -> "<u4";
      case U16 -> "<u2";
      case U8 -> "|u1";
      case BOOL -> "|b1";
      case BF16 -> throw new ModelException("bf16 has no .npy form; convert to f32 first");
    };
  }

  private static Shape shape(String text) {
    List<Long> dims = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      String digits = part.trim();
      if (digits.endsWith("L")) {
        digits = digits.substring(0, digits.length() - 1);
      }
      if (!digits.isEmpty()) {
        try {
          dims.add(Long.parseLong(digits));
        } catch (NumberFormatException e) {
          throw new ModelException(".npy shape (" + text + ") is no list of numbers", e);
        }
      }
    }
    return TensorProtos.shape(dims);
  }

  private static ByteBuffer swapped(ByteBuffer data, int size) {
    ByteBuffer out = ByteBuffer.allocateDirect(data.capacity()).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < data.capacity(); i += size) {
      for (int k = 0; k < size; k++) {
        out.put(i + k, data.get(i + size - 1 - k));
      }
    }
    return out;
  }

  /** Column-major elements in row-major order. */
  private static ByteBuffer rowMajor(ByteBuffer data, Shape shape, int size) {
    ByteBuffer out = ByteBuffer.allocateDirect(data.capacity()).order(ByteOrder.LITTLE_ENDIAN);
    long[] extents = shape.toArray();
    long[] index = new long[extents.length];
    int elements = data.capacity() / size;
    for (int i = 0; i < elements; i++) {
      long from = 0;
      for (int a = extents.length - 1; a >= 0; a--) {
        from = from * extents[a] + index[a];
      }
      for (int k = 0; k < size; k++) {
        out.put(i * size + k, data.get((int) from * size + k));
      }
      for (int a = extents.length - 1; a >= 0 && ++index[a] == extents[a]; a--) {
        index[a] = 0;
      }
    }
    return out;
  }

  static void write(OutputStream out, Tensor t) throws IOException {
    StringBuilder shape = new StringBuilder();
    for (long d : t.shape().toArray()) {
      shape.append(d).append(", ");
    }
    if (t.shape().rank() > 1) {
      shape.setLength(shape.length() - 2);
    } else if (t.shape().rank() == 1) {
      shape.setLength(shape.length() - 1);
    }
    String header =
        "{'descr': '" + descr(t.dtype()) + "', 'fortran_order': False, 'shape': (" + shape + "), }";
    int head = MAGIC.length + 4;
    int padded = (head + header.length() + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT - head;
    ByteBuffer start = ByteBuffer.allocate(head + padded).order(ByteOrder.LITTLE_ENDIAN);
    start.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) padded);
    start.put(header.getBytes(StandardCharsets.US_ASCII));
    while (start.remaining() > 1) {
      start.put((byte) ' ');
    }
    start.put((byte) '\n');
    out.write(start.array());
    ByteBuffer data = t.payload().bytes();
    byte[] chunk = new byte[1 << 16];
    while (data.hasRemaining()) {
      int n = Math.min(chunk.length, data.remaining());
      data.get(chunk, 0, n);
      out.write(chunk, 0, n);
    }
  }
}
