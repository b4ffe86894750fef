package dev.nncc.frontend.onnx;

import dev.nncc.frontend.onnx.proto.AttributeProto;
import dev.nncc.frontend.onnx.proto.AttributeProto.AttributeType;
import dev.nncc.frontend.onnx.proto.GraphProto;
import dev.nncc.frontend.onnx.proto.ModelProto;
import dev.nncc.frontend.onnx.proto.NodeProto;
import dev.nncc.frontend.onnx.proto.OperatorSetIdProto;
import dev.nncc.frontend.onnx.proto.TensorProto;
import dev.nncc.frontend.onnx.proto.TensorShapeProto;
import dev.nncc.frontend.onnx.proto.TypeProto;
import dev.nncc.frontend.onnx.proto.ValueInfoProto;
import dev.nncc.frontend.tensor.TensorProtos;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Writes small models for tests. */
final class OnnxModels {
  private final GraphProto.Builder graph = GraphProto.newBuilder().setName("test");
  private final ModelProto.Builder model =
      ModelProto.newBuilder().setIrVersion(8).setProducerName("tests");

  private OnnxModels(int opset) {
    model.addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(opset));
  }

  static OnnxModels opset(int version) {
    return new OnnxModels(version);
  }

  ModelProto.Builder model() {
    return model;
  }

  GraphProto.Builder graph() {
    return graph;
  }

  /** Dimensions are numbers or names; {@code ?} is neither. */
  OnnxModels input(String name, Object... dims) {
    graph.addInput(value(name, 1, dims));
    return this;
  }

  OnnxModels output(String name) {
    TypeProto type =
        TypeProto.newBuilder().setTensorType(TypeProto.Tensor.newBuilder().setElemType(1)).build();
    graph.addOutput(ValueInfoProto.newBuilder().setName(name).setType(type));
    return this;
  }

  OnnxModels untypedOutput(String name) {
    graph.addOutput(ValueInfoProto.newBuilder().setName(name));
    return this;
  }

  static ValueInfoProto value(String name, int elemType, Object... dims) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (Object d : dims) {
      TensorShapeProto.Dimension.Builder b = TensorShapeProto.Dimension.newBuilder();
      if (d instanceof Number n) {
        b.setDimValue(n.longValue());
      } else if (!d.equals("?")) {
        b.setDimParam((String) d);
      }
      shape.addDim(b);
    }
    TypeProto type =
        TypeProto.newBuilder()
            .setTensorType(TypeProto.Tensor.newBuilder().setElemType(elemType).setShape(shape))
            .build();
    return ValueInfoProto.newBuilder().setName(name).setType(type).build();
  }

  OnnxModels initialiser(TensorProto t) {
    graph.addInitializer(t);
    return this;
  }

  OnnxModels floats(String name, Shape shape, float... values) {
    return initialiser(TensorProtos.encode(name, Tensor.ofFloats(shape, values)));
  }

  OnnxModels longs(String name, long... values) {
    return initialiser(TensorProtos.encode(name, Tensor.ofLongs(Shape.of(values.length), values)));
  }

  /** Operands and results as comma-separated names. */
  OnnxModels node(String op, String inputs, String outputs, AttributeProto... attributes) {
    graph.addNode(makeNode(op, inputs, outputs, attributes));
    return this;
  }

  static NodeProto makeNode(
      String op, String inputs, String outputs, AttributeProto... attributes) {
    return NodeProto.newBuilder()
        .setOpType(op)
        .setName(op.toLowerCase(java.util.Locale.ROOT) + "_" + outputs)
        .addAllInput(inputs.isEmpty() ? List.of() : Arrays.asList(inputs.split(",", -1)))
        .addAllOutput(Arrays.asList(outputs.split(",", -1)))
        .addAllAttribute(Arrays.asList(attributes))
        .build();
  }

  static AttributeProto integer(String name, long v) {
    return AttributeProto.newBuilder().setName(name).setType(AttributeType.INT).setI(v).build();
  }

  static AttributeProto integers(String name, Long... v) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeType.INTS)
        .addAllInts(Arrays.asList(v))
        .build();
  }

  static AttributeProto graph(String name, GraphProto g) {
    return AttributeProto.newBuilder().setName(name).setType(AttributeType.GRAPH).setG(g).build();
  }

  byte[] bytes() {
    return model.setGraph(graph).build().toByteArray();
  }

  Path write(Path folder) {
    try {
      return Files.write(folder.resolve("m.onnx"), bytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A small network with a convolution, arithmetic on shapes and a matrix product. */
  static OnnxModels small() {
    return opset(13)
        .input("x", "N", 1, 4, 4)
        .floats("w", Shape.of(2, 1, 3, 3), new float[18])
        .floats("b", Shape.of(2), 1, -1)
        .floats("m", Shape.of(32, 3), new float[96])
        .longs("zero", 0)
        .longs("rest", -1)
        .node("Conv", "x,w,b", "c", integers("pads", 1L, 1L, 1L, 1L))
        .node("Relu", "c", "r")
        .node("Shape", "r", "s")
        .node("Gather", "s,zero", "n", integer("axis", 0))
        .node("Concat", "n,rest", "t", integer("axis", 0))
        .node("Reshape", "r,t", "f")
        .node("MatMul", "f,m", "y")
        .output("y");
  }
}
