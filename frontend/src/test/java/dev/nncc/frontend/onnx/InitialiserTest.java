package dev.nncc.frontend.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.nncc.frontend.Importers;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.onnx.proto.AttributeProto;
import dev.nncc.frontend.onnx.proto.AttributeProto.AttributeType;
import dev.nncc.frontend.onnx.proto.SparseTensorProto;
import dev.nncc.frontend.onnx.proto.TensorProto;
import dev.nncc.frontend.onnx.proto.TensorProto.DataType;
import dev.nncc.frontend.tensor.TensorProtos;
import dev.nncc.graph.DType;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Half;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class InitialiserTest {
  @TempDir Path folder;

  /** The tensor as the importer decodes it. */
  private Tensor decoded(TensorProto.Builder t) {
    OnnxModels m = OnnxModels.opset(13).initialiser(t.setName("t").build()).untypedOutput("t");
    return constant(Importers.importModel(m.write(folder), ImportOptions.NONE).graph());
  }

  private static Tensor constant(Graph g) {
    return g.constant(g.outputs().get(0)).orElseThrow();
  }

  private void refused(TensorProto.Builder t, String message) {
    assertThatThrownBy(() -> decoded(t))
        .isInstanceOf(ModelException.class)
        .hasMessage("m.onnx: initializer 't': " + message);
  }

  private static TensorProto.Builder proto(DType dtype, long... dims) {
    TensorProto.Builder t =
        TensorProto.newBuilder().setDataType(TensorProtos.dataType(dtype).getNumber());
    for (long d : dims) {
      t.addDims(d);
    }
    return t;
  }

  @ParameterizedTest
  @EnumSource
  void bothEncodingsOfEveryTypeAreRead(DType dtype) {
    TensorBuilder b = new TensorBuilder(TensorType.of(dtype, 2, 2));
    TensorProto.Builder typed = proto(dtype, 2, 2);
    for (int i = 0; i < 4; i++) {
      long v = dtype == DType.BOOL ? i % 2 : dtype.isSigned() ? i - 2 : i;
      b.set(i, v);
      switch (dtype) {
        case F32 -> typed.addFloatData(v);
        case F64 -> typed.addDoubleData(v);
        case F16 -> typed.addInt32Data(Half.fromDouble(v) & 0xFFFF);
        case BF16 -> typed.addInt32Data(Half.bfloatFromDouble(v) & 0xFFFF);
        case I64 -> typed.addInt64Data(v);
        case U64, U32 -> typed.addUint64Data(v);
        default -> typed.addInt32Data((int) v);
      }
    }
    Tensor expected = b.build();
    Tensor fromTyped = decoded(typed);
    Tensor fromRaw = decoded(TensorProtos.encode("t", expected).toBuilder());
    assertThat(fromTyped.type()).isEqualTo(expected.type());
    assertThat(fromTyped.toDoubles()).containsExactly(expected.toDoubles());
    assertThat(fromRaw.type()).isEqualTo(expected.type());
    assertThat(fromRaw.toDoubles()).containsExactly(expected.toDoubles());
  }

  @Test
  void rawDataIsReadFromTheMappedFile() {
    Tensor t = Tensor.ofFloats(Shape.of(3), 1, 2, 3);
    ByteBuffer bytes = decoded(TensorProtos.encode("t", t).toBuilder()).payload().bytes();
    assertThat(bytes.isDirect()).isTrue();
    assertThat(bytes.isReadOnly()).isTrue();
  }

  @Test
  void anyNonZeroByteOfABoolIsTrue() {
    ByteString raw = ByteString.copyFrom(new byte[] {0, 1, -1});
    assertThat(decoded(proto(DType.BOOL, 3).setRawData(raw)).payload().bytes())
        .isEqualTo(ByteBuffer.wrap(new byte[] {0, 1, 1}));
  }

  @Test
  void emptyTensorsAndScalarsAreRead() {
    assertThat(decoded(proto(DType.F32, 0, 3)).elements()).isZero();
    assertThat(decoded(proto(DType.F32).addFloatData(2.5f)).toDoubles()).containsExactly(2.5);
  }

  @Test
  void whatCannotBeIsRefusedBeforeAnythingIsAllocated() {
    refused(proto(DType.F32, 2).addFloatData(1), "f32[2] needs 2 elements, there are 1");
    refused(
        proto(DType.F32, 2).setRawData(ByteString.copyFrom(new byte[7])),
        "f32[2] needs 8 bytes, there are 7");
    refused(proto(DType.F32, -1), "negative extent in shape [-1]");
    refused(
        proto(DType.F32, 1L << 40, 1L << 40),
        "shape [1099511627776, 1099511627776] has more elements than can be counted");
    refused(proto(DType.F32, 1L << 40), "tensor f32[1099511627776] is above the limit of 2 GB");
    refused(proto(DType.F32, 3), "f32[3] needs 3 elements, there are 0");
    refused(TensorProto.newBuilder().setDataType(999), "unknown data type 999");
    refused(
        TensorProto.newBuilder().setDataType(DataType.STRING_VALUE),
        "data type STRING is not supported");
    refused(
        TensorProto.newBuilder().setDataType(DataType.FLOAT8E4M3FN_VALUE),
        "data type FLOAT8E4M3FN is not supported");
    refused(
        TensorProto.newBuilder().setDataType(DataType.INT4_VALUE),
        "data type INT4 is not supported");
  }

  private static TensorProto.Builder external(String location, String offset, String length) {
    TensorProto.Builder t = proto(DType.F32, 2).setDataLocation(TensorProto.DataLocation.EXTERNAL);
    t.addExternalDataBuilder().setKey("location").setValue(location);
    t.addExternalDataBuilder().setKey("offset").setValue(offset);
    t.addExternalDataBuilder().setKey("length").setValue(length);
    return t;
  }

  private static byte[] floats(float... values) {
    ByteBuffer b = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float v : values) {
      b.putFloat(v);
    }
    return b.array();
  }

  @Test
  void externalDataIsReadFromBelowTheModelsFolder() throws IOException {
    Files.createDirectory(folder.resolve("sub"));
    Files.write(folder.resolve("sub/w.bin"), floats(9, 1, 2));
    assertThat(decoded(external("sub/w.bin", "4", "8")).toDoubles()).containsExactly(1, 2);
  }

  @Test
  void externalDataNeverLeavesTheFolderOrItsFile() throws IOException {
    Path outside = Files.createTempFile("outside", ".bin");
    try {
      Files.write(outside, floats(1, 2));
      Files.createSymbolicLink(folder.resolve("link.bin"), outside);
      Files.write(folder.resolve("w.bin"), floats(1, 2));
      Files.createDirectory(folder.resolve("dir"));
      String where = "external data 'LOCATION' is outside the model's folder";
      for (String bad : List.of("../w.bin", outside.toString(), "sub/../../w.bin", "link.bin")) {
        refused(external(bad, "0", "8"), where.replace("LOCATION", bad));
      }
      refused(external("", "0", "8"), where.replace("LOCATION", ""));
      refused(external("none.bin", "0", "8"), "external data 'none.bin' does not exist");
      refused(external("dir", "0", "8"), "external data 'dir' is no regular file");
      refused(
          external("w.bin", "4", "8"),
          "external data 'w.bin' has 8 bytes, too few for 8 at offset 4");
      refused(
          external("w.bin", Long.toString(Long.MAX_VALUE), "8"),
          "external data 'w.bin' has 8 bytes, too few for 8 at offset 9223372036854775807");
      refused(external("w.bin", "-4", "8"), "external data has negative offset -4");
      refused(external("w.bin", "x", "8"), "external data has offset 'x', no number");
      refused(
          external("w.bin", "0", "4"), "f32[2] needs 8 bytes, external data 'w.bin' has length 4");
    } finally {
      Files.delete(outside);
    }
  }

  private static SparseTensorProto sparse(long... indices) {
    return SparseTensorProto.newBuilder()
        .setValues(TensorProtos.encode("t", Tensor.ofFloats(Shape.of(2), 5, 6)))
        .setIndices(TensorProtos.encode("", Tensor.ofLongs(Shape.of(indices.length), indices)))
        .addDims(2)
        .addDims(3)
        .build();
  }

  private Tensor load(SparseTensorProto s) {
    OnnxModels m = OnnxModels.opset(13).untypedOutput("t");
    m.graph().addSparseInitializer(s);
    return constant(Importers.importModel(m.write(folder), ImportOptions.NONE).graph());
  }

  @Test
  void sparseInitialisersBecomeDense() {
    assertThat(load(sparse(1, 5)).toDoubles()).containsExactly(0, 5, 0, 0, 0, 6);
    SparseTensorProto coordinates =
        sparse(1, 5).toBuilder()
            .setIndices(TensorProtos.encode("", Tensor.ofLongs(Shape.of(2, 2), 0, 1, 1, 2)))
            .build();
    assertThat(load(coordinates).toDoubles()).containsExactly(0, 5, 0, 0, 0, 6);
    assertThatThrownBy(() -> load(sparse(1, 6))).hasMessageContaining("index 6 is outside");
    assertThatThrownBy(() -> load(sparse(1, 5).toBuilder().setDims(0, 1L << 40).build()))
        .hasMessageContaining("above the limit of 256 MB");
  }

  private static AttributeProto.Builder value(String name, AttributeType type) {
    return AttributeProto.newBuilder().setName(name).setType(type);
  }

  private Tensor constantNode(AttributeProto.Builder a) {
    OnnxModels m = OnnxModels.opset(13).node("Constant", "", "y", a.build()).untypedOutput("y");
    return constant(Importers.importModel(m.write(folder), ImportOptions.NONE).graph());
  }

  @Test
  void everyFormOfAConstantNodeIsRead() {
    TensorProto dense = TensorProtos.encode("", Tensor.ofFloats(Shape.of(1, 1), 7));
    assertThat(constantNode(value("value", AttributeType.TENSOR).setT(dense)).type())
        .isEqualTo(TensorType.of(DType.F32, 1, 1));
    assertThat(constantNode(value("value_float", AttributeType.FLOAT).setF(1.5f)).toDoubles())
        .containsExactly(1.5);
    assertThat(constantNode(value("value_int", AttributeType.INT).setI(-4)).toLongs())
        .containsExactly(-4);
    assertThat(constantNode(value("value_ints", AttributeType.INTS).addInts(1).addInts(2)).type())
        .isEqualTo(TensorType.of(DType.I64, 2));
    assertThat(constantNode(value("value_floats", AttributeType.FLOATS).addFloats(3)).toDoubles())
        .containsExactly(3);
    assertThat(
            constantNode(
                    value("sparse_value", AttributeType.SPARSE_TENSOR)
                        .setSparseTensor(sparse(0, 2)))
                .toDoubles())
        .containsExactly(5, 0, 6, 0, 0, 0);
    assertThatThrownBy(
            () -> constantNode(value("value_string", AttributeType.STRING).setS(ByteString.EMPTY)))
        .hasMessageContaining("value_string is not supported");
  }
}
