package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import com.google.protobuf.ByteString;
import dev.nncc.frontend.tensor.TensorProtos;
import dev.nncc.frontend.tensorflow.proto.DataType;
import dev.nncc.frontend.tensorflow.proto.TensorProto;
import dev.nncc.frontend.tensorflow.proto.TensorShapeProto;
import dev.nncc.graph.DType;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Payload;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** Element types, shapes and constants of TensorFlow files. */
final class Tensors {
  private static final int REFERENCE = 100;

  private Tensors() {}

  /** Whether there is an element type for it: not strings, resources or complex numbers. */
  static boolean isNumeric(DataType t) {
    try {
      dtype(t);
      return true;
    } catch (ModelException e) {
      return false;
    }
  }

  /** The element type; a reference to a variable has that of its value. */
  static DType dtype(DataType t) {
    DataType plain = t;
    if (t != DataType.UNRECOGNIZED && t.getNumber() > REFERENCE) {
      plain = DataType.forNumber(t.getNumber() - REFERENCE);
    }
    return switch (plain) {
      case DT_FLOAT -> DType.F32;
      case DT_DOUBLE -> DType.F64;
      case DT_HALF -> DType.F16;
      case DT_BFLOAT16 -> DType.BF16;
      case DT_INT64 -> DType.I64;
      case DT_INT32, DT_QINT32 -> DType.I32;
      case DT_INT16, DT_QINT16 -> DType.I16;
      case DT_INT8, DT_QINT8 -> DType.I8;
      case DT_UINT64 -> DType.U64;
      case DT_UINT32 -> DType.U32;
      case DT_UINT16, DT_QUINT16 -> DType.U16;
      case DT_UINT8, DT_QUINT8 -> DType.U8;
      case DT_BOOL -> DType.BOOL;
      default -> throw new ModelException("element type " + t + " is not supported");
    };
  }

  /** The extents, -1 where one is open. */
  static List<Long> extents(TensorShapeProto p) {
    return p.getDimList().stream().map(TensorShapeProto.Dim::getSize).toList();
  }

  static Tensor decode(TensorProto p) {
    DType dtype = dtype(p.getDtype());
    Shape shape = TensorProtos.shape(extents(p.getTensorShape()));
    TensorType type = new TensorType(dtype, shape);
    long n = shape.elements();
    require(n <= Integer.MAX_VALUE / dtype.bytes(), "constant %s is above the limit of 2 GB", type);
    ByteString content = p.getTensorContent();
    if (!content.isEmpty()) {
      require(
          content.size() == type.bytes(),
          "constant %s needs %d bytes, there are %d",
          type,
          type.bytes(),
          content.size());
      return raw(type, content.asReadOnlyByteBuffer());
    }
    return listed(p, type, n);
  }

  /** A tensor of bytes of a file. A bool may be any byte there; here it is 0 or 1. */
  static Tensor raw(TensorType type, ByteBuffer bytes) {
    Tensor t = new Tensor(type, Payload.of(bytes));
    if (type.dtype() != DType.BOOL) {
      return t;
    }
    TensorBuilder b = new TensorBuilder(type);
    Tensor.Elements e = t.reader();
    for (long i = 0; i < t.elements(); i++) {
      b.set(i, e.integer(i));
    }
    return b.build();
  }

  /** A list that is shorter than the tensor repeats its last element. */
  private static Tensor listed(TensorProto p, TensorType type, long n) {
    boolean wide = type.dtype() == DType.F32 || type.dtype() == DType.F64;
    int have = count(p, type.dtype());
    require(have <= n || n == 0, "constant %s has %d elements", type, have);
    if (have <= 1) {
      Number v = have == 0 ? 0L : wide ? floating(p, type.dtype()).apply(0) : integer(p, type, 0);
      return bits(type)
          ? Tensor.filled(type, half(type.dtype(), v.longValue()))
          : repeated(type, v, wide);
    }
    TensorBuilder b = new TensorBuilder(type);
    for (int i = 0; i < n; i++) {
      int from = Math.min(i, have - 1);
      if (wide) {
        b.set(i, floating(p, type.dtype()).apply(from).doubleValue());
      } else if (bits(type)) {
        b.set(i, half(type.dtype(), integer(p, type, from)));
      } else {
        b.set(i, integer(p, type, from));
      }
    }
    return b.build();
  }

  private static Tensor repeated(TensorType type, Number v, boolean wide) {
    if (wide || v.longValue() == (long) v.doubleValue()) {
      return Tensor.filled(type, v.doubleValue());
    }
    TensorBuilder b = new TensorBuilder(type);
    for (long i = 0; i < type.shape().elements(); i++) {
      b.set(i, v.longValue());
    }
    return b.build();
  }

  private static boolean bits(TensorType type) {
    return type.dtype() == DType.F16 || type.dtype() == DType.BF16;
  }

  private static double half(DType dtype, long bits) {
    ByteBuffer b = TensorBuilder.allocate(2).putShort(0, (short) bits);
    return Tensor.of(TensorType.of(dtype, 1), b).reader().number(0);
  }

  private static int count(TensorProto p, DType dtype) {
    return switch (dtype) {
      case F32 -> p.getFloatValCount();
      case F64 -> p.getDoubleValCount();
      case F16, BF16 -> p.getHalfValCount();
      case I64 -> p.getInt64ValCount();
      case U32 -> p.getUint32ValCount();
      case U64 -> p.getUint64ValCount();
      case BOOL -> p.getBoolValCount();
      default -> p.getIntValCount();
    };
  }

  private static IntFunction<Number> floating(TensorProto p, DType dtype) {
    return dtype == DType.F32 ? p::getFloatVal : p::getDoubleVal;
  }

  private static long integer(TensorProto p, TensorType type, int i) {
    return switch (type.dtype()) {
      case F16, BF16 -> p.getHalfVal(i);
      case I64 -> p.getInt64Val(i);
      case U32 -> p.getUint32Val(i);
      case U64 -> p.getUint64Val(i);
      case BOOL -> p.getBoolVal(i) ? 1 : 0;
      default -> p.getIntVal(i);
    };
  }

  /** The strings of a constant; one fills the whole shape. */
  static List<ByteString> strings(TensorProto p) {
    long n = TensorProtos.shape(extents(p.getTensorShape())).elements();
    List<ByteString> said = p.getStringValList();
    require(
        said.size() == n || said.size() == 1 && n < (1 << 20), "%d strings for %d", said.size(), n);
    List<ByteString> all = new ArrayList<>(said);
    while (all.size() < n) {
      all.add(said.get(0));
    }
    return all;
  }
}
