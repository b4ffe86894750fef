package dev.nncc.frontend;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import dev.nncc.frontend.caffe.proto.LayerParameter;
import dev.nncc.frontend.caffe.proto.NetParameter;
import dev.nncc.frontend.caffe.proto.V1LayerParameter;
import dev.nncc.frontend.importing.FileChoice;
import dev.nncc.frontend.importing.ModelFormat;
import dev.nncc.frontend.onnx.proto.GraphProto;
import dev.nncc.frontend.onnx.proto.ModelProto;
import dev.nncc.frontend.tensorflow.proto.FunctionDefLibrary;
import dev.nncc.frontend.tensorflow.proto.GraphDef;
import dev.nncc.frontend.tensorflow.proto.MetaGraphDef;
import dev.nncc.frontend.tensorflow.proto.NodeDef;
import dev.nncc.frontend.tensorflow.proto.SavedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a file holds counts, not what it is called. */
class FormatGuessTest {
  private static final NodeDef NODE = NodeDef.newBuilder().setName("x").setOp("Neg").build();
  private static final MetaGraphDef META =
      MetaGraphDef.newBuilder()
          .setMetaInfoDef(MetaGraphDef.MetaInfoDef.newBuilder().addTags("serve"))
          .setGraphDef(GraphDef.newBuilder().addNode(NODE))
          .build();

  @TempDir Path folder;

  private void is(ModelFormat expected, byte[] content) throws IOException {
    for (String name : List.of("m.onnx", "m.pb", "m.caffemodel", "m.prototxt", "m")) {
      Path file = Files.write(folder.resolve(name), content);
      assertThat(Importers.format(file, FileChoice.NONE)).as(name).isEqualTo(expected);
    }
  }

  private void is(ModelFormat expected, Message model) throws IOException {
    is(expected, model.toByteArray());
  }

  private void is(ModelFormat expected, String text) throws IOException {
    is(expected, text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  @Test
  void onnx() throws IOException {
    ModelProto model =
        ModelProto.newBuilder().setIrVersion(8).setGraph(GraphProto.newBuilder()).build();
    is(ModelFormat.ONNX, model);
    is(ModelFormat.ONNX, model.toBuilder().setProducerName("pytorch").build());
  }

  @Test
  void tensorflow() throws IOException {
    GraphDef graph = GraphDef.newBuilder().addNode(NODE).build();
    is(ModelFormat.TENSORFLOW, graph);
    is(
        ModelFormat.TENSORFLOW,
        graph.toBuilder().setLibrary(FunctionDefLibrary.getDefaultInstance()).build());
    is(ModelFormat.TENSORFLOW, META);
    is(
        ModelFormat.TENSORFLOW,
        SavedModel.newBuilder().setSavedModelSchemaVersion(1).addMetaGraphs(META).build());
    is(ModelFormat.TENSORFLOW, "node {\n  name: \"x\"\n}\n");
  }

  @Test
  void caffe() throws IOException {
    V1LayerParameter old = V1LayerParameter.newBuilder().setName("relu").build();
    is(
        ModelFormat.CAFFE,
        NetParameter.newBuilder().addLayer(LayerParameter.newBuilder().setName("relu")).build());
    is(ModelFormat.CAFFE, NetParameter.newBuilder().setName("LeNet").addLayers(old).build());
    is(ModelFormat.CAFFE, NetParameter.newBuilder().addLayers(old).build());
    is(ModelFormat.CAFFE, "name: \"x\"\nlayers {\n}\n");
  }

  @Test
  void theEndingCountsWhereTheContentSaysNothing() throws IOException {
    for (String name : List.of("m.onnx", "m.pb", "m.caffemodel")) {
      Path file = Files.writeString(folder.resolve(name), "no model");
      ModelFormat expected =
          name.endsWith("pb")
              ? ModelFormat.TENSORFLOW
              : name.endsWith("onnx") ? ModelFormat.ONNX : ModelFormat.CAFFE;
      assertThat(Importers.format(file, FileChoice.NONE)).as(name).isEqualTo(expected);
    }
  }
}
