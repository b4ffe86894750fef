package dev.nncc.compiler.conformance;

import dev.nncc.frontend.onnx.proto.GraphProto;
import dev.nncc.frontend.onnx.proto.ModelProto;
import dev.nncc.frontend.onnx.proto.NodeProto;
import dev.nncc.frontend.onnx.proto.OperatorSetIdProto;
import dev.nncc.frontend.onnx.proto.TensorProto;
import dev.nncc.frontend.onnx.proto.TensorShapeProto;
import dev.nncc.frontend.onnx.proto.TypeProto;
import dev.nncc.frontend.onnx.proto.ValueInfoProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Tiny ONNX models for tests. */
public final class OnnxFiles {
  private OnnxFiles() {}

  /** {@code y = op(x)}; the dim of x is named n. */
  public static Path unary(Path file, String op) throws IOException {
    GraphProto graph =
        GraphProto.newBuilder()
            .setName("g")
            .addInput(value("x"))
            .addOutput(value("y"))
            .addNode(
                NodeProto.newBuilder()
                    .setOpType(op)
                    .setName("the_node")
                    .addInput("x")
                    .addOutput("y"))
            .build();
    return write(file, graph);
  }

  static Path write(Path file, GraphProto graph) throws IOException {
    ModelProto model =
        ModelProto.newBuilder()
            .setIrVersion(8)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(13))
            .setGraph(graph)
            .build();
    Files.createDirectories(file.toAbsolutePath().getParent());
    return Files.write(file, model.toByteArray());
  }

  static ValueInfoProto value(String name) {
    TensorShapeProto shape =
        TensorShapeProto.newBuilder()
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("n"))
            .build();
    TypeProto.Tensor type =
        TypeProto.Tensor.newBuilder()
            .setElemType(TensorProto.DataType.FLOAT.getNumber())
            .setShape(shape)
            .build();
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(type))
        .build();
  }
}
