package dev.nncc.models.onnx;

import com.google.protobuf.ByteString;
import dev.nncc.frontend.onnx.proto.AttributeProto;
import dev.nncc.frontend.onnx.proto.AttributeProto.AttributeType;
import dev.nncc.frontend.onnx.proto.TensorProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Makes the attributes of nodes. */
public final class Attributes {
  private Attributes() {}

  /** A whole number, also for flags. */
  public static AttributeProto integer(String name, long value) {
    return attribute(name, AttributeType.INT).setI(value).build();
  }

  /** A list of whole numbers such as {@code kernel_shape} or {@code perm}. */
  public static AttributeProto integers(String name, long... values) {
    AttributeProto.Builder builder = attribute(name, AttributeType.INTS);
    for (long value : values) {
      builder.addInts(value);
    }
    return builder.build();
  }

  /** A real number. */
  public static AttributeProto real(String name, double value) {
    return attribute(name, AttributeType.FLOAT).setF((float) value).build();
  }

  /** A text such as a mode's name. */
  public static AttributeProto text(String name, String value) {
    return attribute(name, AttributeType.STRING).setS(ByteString.copyFromUtf8(value)).build();
  }

  /** A float tensor; no dims make a scalar. */
  public static AttributeProto tensor(String name, long[] dims, float... values) {
    ByteBuffer raw = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    raw.asFloatBuffer().put(values);
    return tensor(name, dims, TensorProto.DataType.FLOAT, raw);
  }

  /** An int64 tensor; no dims make a scalar. */
  public static AttributeProto tensor(String name, long[] dims, long... values) {
    ByteBuffer raw = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    raw.asLongBuffer().put(values);
    return tensor(name, dims, TensorProto.DataType.INT64, raw);
  }

  private static AttributeProto tensor(
      String name, long[] dims, TensorProto.DataType type, ByteBuffer raw) {
    TensorProto.Builder builder =
        TensorProto.newBuilder().setDataType(type.getNumber()).setRawData(ByteString.copyFrom(raw));
    for (long dim : dims) {
      builder.addDims(dim);
    }
    return attribute(name, AttributeType.TENSOR).setT(builder).build();
  }

  private static AttributeProto.Builder attribute(String name, AttributeType type) {
    return AttributeProto.newBuilder().setName(name).setType(type);
  }
}
