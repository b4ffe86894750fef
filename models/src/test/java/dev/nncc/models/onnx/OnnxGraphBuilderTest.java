package dev.nncc.models.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.frontend.onnx.proto.ModelProto;
import dev.nncc.frontend.onnx.proto.TensorProto;
import dev.nncc.frontend.onnx.proto.TensorProto.DataType;
import dev.nncc.models.OrtModel;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxGraphBuilderTest {
  @TempDir Path folder;

  @Test
  void whatIsBuiltIsWhatIsRead() throws Exception {
    OnnxGraphBuilder graph = new OnnxGraphBuilder("g", 13);
    String x = graph.input("x", DataType.FLOAT, 1, 3);
    String w =
        graph.initializer("w", DataType.FLOAT, new long[] {3}, TensorContent.of(1f, 2f, -0.5f));
    String n =
        graph.initializer("n", DataType.INT64, new long[] {2}, TensorContent.of(3L, 1L << 40));
    String y = graph.namedNode("y", "Mul", List.of(x, w));
    graph.output(y, DataType.FLOAT, 1, 3);
    graph.metadata("key", "value");
    Path file = folder.resolve("g.onnx");
    graph.write(file);

    ModelProto model = ModelProto.parseFrom(Files.readAllBytes(file));

    assertThat(model.getOpsetImport(0).getVersion()).isEqualTo(13);
    assertThat(model.getMetadataProps(0).getKey()).isEqualTo("key");
    assertThat(model.getGraph().getNode(0).getOutputList()).containsExactly("y");
    assertThat(model.getGraph().getInitializerList())
        .extracting(TensorProto::getName)
        .containsExactly(w, n);
    FloatBuffer floats =
        model
            .getGraph()
            .getInitializer(0)
            .getRawData()
            .asReadOnlyByteBuffer()
            .order(ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer();
    assertThat(List.of(floats.get(0), floats.get(1), floats.get(2))).containsExactly(1f, 2f, -0.5f);
    try (OrtModel ort = new OrtModel(file)) {
      assertThat(ort.run("x", new float[] {1, 1, 4}, 1, 3).get("y")).containsExactly(1f, 2f, -2f);
    }
  }

  @Test
  void contentLargerThanTheBufferIsWhole() throws Exception {
    int count = 100_003;
    OnnxGraphBuilder graph = new OnnxGraphBuilder("g", 13);
    graph.initializer(
        "w",
        DataType.INT32,
        new long[] {count},
        out -> {
          for (int i = 0; i < count; i++) {
            out.putInt(i);
          }
        });
    Path file = folder.resolve("g.onnx");
    graph.write(file);

    TensorProto w = ModelProto.parseFrom(Files.readAllBytes(file)).getGraph().getInitializer(0);

    assertThat(w.getRawData().size()).isEqualTo(4 * count);
    int last =
        w.getRawData()
            .asReadOnlyByteBuffer()
            .order(ByteOrder.LITTLE_ENDIAN)
            .getInt(4 * (count - 1));
    assertThat(last).isEqualTo(count - 1);
  }

  @Test
  void contentOfAnotherSizeIsRefused() {
    OnnxGraphBuilder graph = new OnnxGraphBuilder("g", 13);
    graph.initializer("w", DataType.FLOAT, new long[] {2}, TensorContent.of(1f));

    assertThatThrownBy(() -> graph.write(folder.resolve("g.onnx")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("tensor 'w' has 8 bytes, its content put 4");
  }

  @Test
  void namesAreUniqueAndOperandsKnown() {
    OnnxGraphBuilder graph = new OnnxGraphBuilder("g", 13);
    graph.input("x", DataType.FLOAT, 1);

    assertThatThrownBy(() -> graph.input("x", DataType.FLOAT, 1))
        .hasMessage("value name 'x' is empty or taken");
    assertThatThrownBy(() -> graph.node("Relu", List.of("z"))).hasMessage("no value named 'z' yet");
  }
}
