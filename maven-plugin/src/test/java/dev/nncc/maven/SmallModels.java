package dev.nncc.maven;

import dev.nncc.frontend.onnx.proto.GraphProto;
import dev.nncc.frontend.onnx.proto.ModelProto;
import dev.nncc.frontend.onnx.proto.NodeProto;
import dev.nncc.frontend.onnx.proto.OperatorSetIdProto;
import dev.nncc.frontend.onnx.proto.StringStringEntryProto;
import dev.nncc.frontend.onnx.proto.TensorProto;
import dev.nncc.frontend.onnx.proto.TensorShapeProto;
import dev.nncc.frontend.onnx.proto.TypeProto;
import dev.nncc.frontend.onnx.proto.ValueInfoProto;

/** ONNX files of {@code y = x + w}, with three numbers in {@code w}. */
final class SmallModels {
  private SmallModels() {}

  /** {@code w} is what {@code w.bin} beside the model holds. */
  static byte[] withWeightsApart(String input) {
    TensorProto.Builder w =
        weights()
            .setDataLocation(TensorProto.DataLocation.EXTERNAL)
            .addExternalData(
                StringStringEntryProto.newBuilder().setKey("location").setValue("w.bin"));
    return model(input, w, TensorShapeProto.newBuilder());
  }

  /** The model adds to any number of rows, the dimension {@code batch}. */
  static byte[] withOpenBatch() {
    TensorProto.Builder w = weights().addFloatData(1).addFloatData(2).addFloatData(3);
    return model(
        "x",
        w,
        TensorShapeProto.newBuilder()
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("batch")));
  }

  private static TensorProto.Builder weights() {
    return TensorProto.newBuilder()
        .setName("w")
        .setDataType(TensorProto.DataType.FLOAT_VALUE)
        .addDims(3);
  }

  private static byte[] model(String input, TensorProto.Builder w, TensorShapeProto.Builder shape) {
    ValueInfoProto.Builder value =
        ValueInfoProto.newBuilder()
            .setType(
                TypeProto.newBuilder()
                    .setTensorType(
                        TypeProto.Tensor.newBuilder()
                            .setElemType(TensorProto.DataType.FLOAT_VALUE)
                            .setShape(
                                shape.addDim(
                                    TensorShapeProto.Dimension.newBuilder().setDimValue(3)))));
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
        .setGraph(
            GraphProto.newBuilder()
                .setName("add")
                .addInput(value.clone().setName(input))
                .addOutput(value.clone().setName("y"))
                .addInitializer(w)
                .addNode(
                    NodeProto.newBuilder()
                        .setOpType("Add")
                        .addInput(input)
                        .addInput("w")
                        .addOutput("y")))
        .build()
        .toByteArray();
  }
}
