package dev.nncc.frontend.tensor;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.onnx.proto.StringStringEntryProto;
import dev.nncc.frontend.onnx.proto.TensorProto;
import dev.nncc.graph.DType;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Payload;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Decodes the tensors of ONNX files. Raw data is not copied: the tensor reads the (mapped) bytes
 * that the message was parsed from. Sizes are checked against the bytes that are there before
 * anything is allocated.
 */
public final class TensorProtos {
  private TensorProtos() {}

  /** The element type for a {@code TensorProto.DataType} number. */
  public static DType dtype(int dataType) {
    TensorProto.DataType t = TensorProto.DataType.forNumber(dataType);
    require(t != null && t != TensorProto.DataType.UNDEFINED, "unknown data type %d", dataType);
    return switch (t) {
      case FLOAT -> DType.F32;
      case DOUBLE -> DType.F64;
      case FLOAT16 -> DType.F16;
      case BFLOAT16 -> DType.BF16;
      case INT64 -> DType.I64;
      case INT32 -> DType.I32;
      case INT16 -> DType.I16;
      case INT8 -> DType.I8;
      case UINT64 -> DType.U64;
      case UINT32 -> DType.U32;
      case UINT16 -> DType.U16;
      case UINT8 -> DType.U8;
      case BOOL -> DType.BOOL;
      default -> throw new ModelException("data type " + t + " is not supported");
    };
  }

  /** The {@code TensorProto.DataType} number of an element type. */
  public static TensorProto.DataType dataType(DType dtype) {
    return switch (dtype) {
      case F32 -> TensorProto.DataType.FLOAT;
      case F64 -> TensorProto.DataType.DOUBLE;
      case F16 -> TensorProto.DataType.FLOAT16;
      case BF16 -> TensorProto.DataType.BFLOAT16;
      case I64 -> TensorProto.DataType.INT64;
      case I32 -> TensorProto.DataType.INT32;
      case I16 -> TensorProto.DataType.INT16;
      case I8 -> TensorProto.DataType.INT8;
      case U64 -> TensorProto.DataType.UINT64;
      case U32 -> TensorProto.DataType.UINT32;
      case U16 -> TensorProto.DataType.UINT16;
      case U8 -> TensorProto.DataType.UINT8;
      case BOOL -> TensorProto.DataType.BOOL;
    };
  }

  /**
   * The shape for declared extents; each must be zero or more and the product must not overflow.
   */
  public static Shape shape(List<Long> dims) {
    long n = 1;
    for (long d : dims) {
      require(d >= 0, "negative extent in shape %s", dims);
      try {
        n = Math.multiplyExact(n, Math.max(d, 1));
      } catch (ArithmeticException e) {
        throw new ModelException("shape " + dims + " has more elements than can be counted", e);
      }
    }
    return Shape.of(dims);
  }

  /**
   * Decodes one tensor.
   *
   * @throws ModelException if the message contradicts itself or its type is not supported
   */
  public static Tensor decode(TensorProto p, ExternalData external) {
    DType dtype = dtype(p.getDataType());
    Shape shape = shape(p.getDimsList());
    long elements = shape.elements();
    require(!p.hasSegment(), "tensors in segments are not supported");
    require(
        elements <= Integer.MAX_VALUE / dtype.bytes(),
        "tensor %s%s is above the limit of 2 GB",
        dtype.text(),
        shape);
    TensorType type = new TensorType(dtype, shape);
    if (p.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
      return external(p, type, external);
    }
    if (p.hasRawData()) {
      return raw(type, p.getRawData().asReadOnlyByteBuffer());
    }
    return typed(p, type, elements);
  }

  private static Tensor raw(TensorType type, ByteBuffer bytes) {
    require(
        bytes.remaining() == type.bytes(),
        "%s needs %d bytes, there are %d",
        type,
        type.bytes(),
        bytes.remaining());
    return normalised(new Tensor(type, Payload.of(bytes)));
  }

  /** Bool storage holds 0 or 1 only; other non-zero bytes count as true. */
  private static Tensor normalised(Tensor t) {
    if (t.dtype() != DType.BOOL) {
      return t;
    }
    TensorBuilder b = new TensorBuilder(t.type());
    Tensor.Elements e = t.reader();
    for (long i = 0; i < t.elements(); i++) {
      b.set(i, e.integer(i));
    }
    return b.build();
  }

  private static Tensor external(TensorProto p, TensorType type, ExternalData external) {
    Map<String, String> keys = new LinkedHashMap<>();
    for (StringStringEntryProto e : p.getExternalDataList()) {
      keys.put(e.getKey(), e.getValue());
    }
    String location = keys.get("location");
    if (location == null) {
      throw new ModelException("external data without a location");
    }
    long offset = number(keys, "offset", 0);
    long length = number(keys, "length", type.bytes());
    require(
        length == type.bytes(),
        "%s needs %d bytes, external data '%s' has length %d",
        type,
        type.bytes(),
        location,
        length);
    return normalised(new Tensor(type, external.bytes(location, offset, length)));
  }

  private static long number(Map<String, String> keys, String key, long otherwise) {
    String text = keys.get(key);
    if (text == null || text.isEmpty()) {
      return otherwise;
    }
    try {
      long n = Long.parseLong(text.trim());
      require(n >= 0, "external data has negative %s %s", key, text);
      return n;
    } catch (NumberFormatException e) {
      throw new ModelException("external data has " + key + " '" + text + "', no number", e);
    }
  }

  private static Tensor typed(TensorProto p, TensorType type, long elements) {
    int stored =
        switch (type.dtype()) {
          case F32 -> p.getFloatDataCount();
          case F64 -> p.getDoubleDataCount();
          case I64 -> p.getInt64DataCount();
          case U64, U32 -> p.getUint64DataCount();
          default -> p.getInt32DataCount();
        };
    require(stored == elements, "%s needs %d elements, there are %d", type, elements, stored);
    DType d = type.dtype();
    if (d == DType.F16 || d == DType.BF16) {
      return halves(p, type);
    }
    TensorBuilder b = new TensorBuilder(type);
    for (int i = 0; i < stored; i++) {
      switch (d) {
        case F32 -> b.set(i, p.getFloatData(i));
        case F64 -> b.set(i, p.getDoubleData(i));
        case I64 -> b.set(i, p.getInt64Data(i));
        case U64, U32 -> b.set(i, p.getUint64Data(i));
        default -> b.set(i, (long) p.getInt32Data(i));
      }
    }
    return b.build();
  }

  /** 16-bit floats are stored as the bit patterns of integers. */
  private static Tensor halves(TensorProto p, TensorType type) {
    ByteBuffer b =
        ByteBuffer.allocateDirect(Math.toIntExact(type.bytes())).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < p.getInt32DataCount(); i++) {
      b.putShort(2 * i, (short) p.getInt32Data(i));
    }
    return new Tensor(type, Payload.of(b));
  }

  /** The message for a tensor, with raw data. */
  public static TensorProto encode(String name, Tensor t) {
    List<Long> dims = new ArrayList<>();
    for (long d : t.shape().toArray()) {
      dims.add(d);
    }
    return TensorProto.newBuilder()
        .setName(name)
        .setDataType(dataType(t.dtype()).getNumber())
        .addAllDims(dims)
        .setRawData(com.google.protobuf.ByteString.copyFrom(t.payload().bytes()))
        .build();
  }
}
