package dev.nncc.models.onnx;

import com.google.protobuf.CodedOutputStream;
import dev.nncc.frontend.onnx.proto.AttributeProto;
import dev.nncc.frontend.onnx.proto.GraphProto;
import dev.nncc.frontend.onnx.proto.ModelProto;
import dev.nncc.frontend.onnx.proto.NodeProto;
import dev.nncc.frontend.onnx.proto.OperatorSetIdProto;
import dev.nncc.frontend.onnx.proto.StringStringEntryProto;
import dev.nncc.frontend.onnx.proto.TensorProto;
import dev.nncc.frontend.onnx.proto.TensorProto.DataType;
import dev.nncc.frontend.onnx.proto.TensorShapeProto;
import dev.nncc.frontend.onnx.proto.TypeProto;
import dev.nncc.frontend.onnx.proto.ValueInfoProto;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Builds an ONNX model node by node and writes it to a file.
 *
 * <pre>{@code
 * OnnxGraphBuilder graph = new OnnxGraphBuilder("twice", 13);
 * String x = graph.input("x", DataType.FLOAT, 1, 8);
 * String two = graph.initializer("two", DataType.FLOAT, new long[] {}, TensorContent.of(2f));
 * graph.output(graph.node("Mul", List.of(x, two)), DataType.FLOAT, 1, 8);
 * graph.write(file);
 * }</pre>
 *
 * <p>Values are known by name. Names that the caller gives must be new; names made here are. Nodes
 * are written in the order in which they were added, which must be a topological one: an operand
 * that isn't known yet is refused. The same calls give the same bytes.
 */
public final class OnnxGraphBuilder {
  /** The format version that goes with operator set 13 and is read by everything since 2020. */
  private static final int IR_VERSION = 7;

  private static final int MODEL_GRAPH_FIELD = 7;
  private static final int GRAPH_INITIALIZER_FIELD = 5;
  private static final int TENSOR_RAW_DATA_FIELD = 9;

  private record Initializer(TensorProto header, long bytes, TensorContent content) {
    /** Size of the whole TensorProto message. */
    long messageSize() {
      return header.getSerializedSize() + lengthPrefixed(TENSOR_RAW_DATA_FIELD, bytes);
    }
  }

  private final GraphProto.Builder graph = GraphProto.newBuilder();
  private final long opset;
  private final List<Initializer> initializers = new ArrayList<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final Set<String> names = new LinkedHashSet<>();
  private final Map<String, Integer> counters = new LinkedHashMap<>();

  /**
   * A model with one graph of this name, written in version {@code opset} of the standard
   * operators.
   */
  public OnnxGraphBuilder(String name, long opset) {
    graph.setName(name);
    this.opset = opset;
  }

  /** Declares a graph input of fixed shape and returns its name. */
  public String input(String name, DataType type, long... dims) {
    claim(name);
    graph.addInput(valueInfo(name, type, dims));
    return name;
  }

  /** Declares an existing value a graph output. */
  public void output(String name, DataType type, long... dims) {
    require(name);
    graph.addOutput(valueInfo(name, type, dims));
  }

  /**
   * Adds a constant tensor and returns its name. {@code content} must put exactly the elements of
   * {@code dims}.
   */
  public String initializer(String name, DataType type, long[] dims, TensorContent content) {
    claim(name);
    TensorProto.Builder header =
        TensorProto.newBuilder().setDataType(type.getNumber()).setName(name);
    long elements = 1;
    for (long dim : dims) {
      header.addDims(dim);
      elements = Math.multiplyExact(elements, dim);
    }
    long bytes = Math.multiplyExact(elements, elementSize(type));
    initializers.add(new Initializer(header.build(), bytes, content));
    return name;
  }

  /**
   * Adds a node with one result and returns the result's name, which is made from the operator's.
   */
  public String node(String opType, List<String> inputs, AttributeProto... attributes) {
    return nodes(opType, inputs, 1, attributes).get(0);
  }

  /** Adds a node with one result of the given name and returns that name. */
  public String namedNode(
      String result, String opType, List<String> inputs, AttributeProto... attributes) {
    claim(result);
    add(opType, inputs, List.of(result), attributes);
    return result;
  }

  /**
   * Adds a node with several results and returns their names. An empty input name omits an operand.
   */
  public List<String> nodes(
      String opType, List<String> inputs, int results, AttributeProto... attributes) {
    List<String> outputs = new ArrayList<>();
    for (int i = 0; i < results; i++) {
      outputs.add(fresh(opType + "_output"));
    }
    add(opType, inputs, outputs, attributes);
    return List.copyOf(outputs);
  }

  /** Sets a key of the model's metadata. */
  public void metadata(String key, String value) {
    metadata.put(key, value);
  }

  /** Number of elements of the initializers whose names the filter takes. */
  public long elementCount(Predicate<String> names) {
    return initializers.stream()
        .map(Initializer::header)
        .filter(header -> names.test(header.getName()))
        .mapToLong(header -> header.getDimsList().stream().reduce(1L, Math::multiplyExact))
        .sum();
  }

  /**
   * Writes the model, replacing what the file held.
   *
   * @throws IllegalStateException if the model is too large for one protobuf message (2 GiB), or a
   *     tensor's content put another number of bytes than its shape says
   */
  public void write(Path file) throws IOException {
    byte[] model = modelWithoutGraph().toByteArray();
    byte[] body = graph.build().toByteArray();
    long graphSize = body.length;
    for (Initializer initializer : initializers) {
      graphSize += lengthPrefixed(GRAPH_INITIALIZER_FIELD, initializer.messageSize());
    }
    if (graphSize + model.length > Integer.MAX_VALUE - 64) {
      throw new IllegalStateException("the model takes 2 GiB or more: one ONNX file can't hold it");
    }
    try (OutputStream stream = Files.newOutputStream(file)) {
      CodedOutputStream out = CodedOutputStream.newInstance(stream, 1 << 16);
      out.writeRawBytes(model);
      out.writeTag(MODEL_GRAPH_FIELD, 2);
      out.writeUInt32NoTag((int) graphSize);
      out.writeRawBytes(body);
      for (Initializer initializer : initializers) {
        write(initializer, out, stream);
      }
      out.flush();
    }
  }

  private static void write(Initializer initializer, CodedOutputStream out, OutputStream stream)
      throws IOException {
    out.writeTag(GRAPH_INITIALIZER_FIELD, 2);
    out.writeUInt32NoTag((int) initializer.messageSize());
    initializer.header().writeTo(out);
    out.writeTag(TENSOR_RAW_DATA_FIELD, 2);
    out.writeUInt32NoTag((int) initializer.bytes());
    out.flush();
    LittleEndianOutput elements = new LittleEndianOutput(stream);
    initializer.content().writeTo(elements);
    elements.flush();
    if (elements.count() != initializer.bytes()) {
      throw new IllegalStateException(
          "tensor '%s' has %d bytes, its content put %d"
              .formatted(initializer.header().getName(), initializer.bytes(), elements.count()));
    }
  }

  /**
   * Leaves the first dim of the inputs and outputs that there are by now open, as a dimension of
   * this name. The nodes must not depend on its value.
   */
  public void openLeadingDim(String symbol) {
    graph.getInputBuilderList().forEach(v -> open(v, symbol));
    graph.getOutputBuilderList().forEach(v -> open(v, symbol));
  }

  private static void open(ValueInfoProto.Builder value, String symbol) {
    TensorShapeProto.Builder shape =
        value.getTypeBuilder().getTensorTypeBuilder().getShapeBuilder();
    if (shape.getDimCount() > 0) {
      shape.getDimBuilder(0).setDimParam(symbol);
    }
  }

  private ModelProto modelWithoutGraph() {
    ModelProto.Builder model =
        ModelProto.newBuilder().setIrVersion(IR_VERSION).setProducerName("nncc");
    model.addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(opset));
    metadata.forEach(
        (key, value) ->
            model.addMetadataProps(
                StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
    return model.build();
  }

  private void add(
      String opType, List<String> inputs, List<String> outputs, AttributeProto... attributes) {
    NodeProto.Builder node =
        NodeProto.newBuilder().setOpType(opType).setName(fresh(opType)).addAllOutput(outputs);
    for (String input : inputs) {
      if (!input.isEmpty()) {
        require(input);
      }
      node.addInput(input);
    }
    node.addAllAttribute(List.of(attributes));
    graph.addNode(node);
  }

  private String fresh(String stem) {
    String name;
    do {
      int number = counters.merge(stem, 1, Integer::sum) - 1;
      name = "/" + stem + "_" + number;
    } while (!names.add(name));
    return name;
  }

  private void claim(String name) {
    if (name.isEmpty() || !names.add(name)) {
      throw new IllegalArgumentException("value name '" + name + "' is empty or taken");
    }
  }

  private void require(String name) {
    if (!names.contains(name)) {
      throw new IllegalArgumentException("no value named '" + name + "' yet");
    }
  }

  private static ValueInfoProto valueInfo(String name, DataType type, long... dims) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long dim : dims) {
      shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(dim));
    }
    TypeProto.Tensor.Builder tensor =
        TypeProto.Tensor.newBuilder().setElemType(type.getNumber()).setShape(shape);
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }

  private static long lengthPrefixed(int field, long size) {
    return CodedOutputStream.computeTagSize(field)
        + CodedOutputStream.computeUInt64SizeNoTag(size)
        + size;
  }

  private static int elementSize(DataType type) {
    return switch (type) {
      case FLOAT, INT32, UINT32 -> 4;
      case INT64, UINT64, DOUBLE -> 8;
      case FLOAT16, BFLOAT16, INT16, UINT16 -> 2;
      case INT8, UINT8, BOOL -> 1;
      default -> throw new IllegalArgumentException("the writer doesn't write " + type);
    };
  }
}
