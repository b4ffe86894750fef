package dev.nncc.frontend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.nncc.frontend.Importers;
import dev.nncc.frontend.importing.FileChoice;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.tensorflow.proto.BundleEntryProto;
import dev.nncc.frontend.tensorflow.proto.DataType;
import dev.nncc.frontend.tensorflow.proto.MetaGraphDef;
import dev.nncc.frontend.tensorflow.proto.SavedModel;
import dev.nncc.frontend.tensorflow.proto.SignatureDef;
import dev.nncc.frontend.tensorflow.proto.TensorInfo;
import dev.nncc.frontend.tensorflow.proto.TensorProto;
import dev.nncc.frontend.tensorflow.proto.TensorSliceProto;
import dev.nncc.graph.Evaluator;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
  @TempDir Path folder;
  private Path prefix;

  @BeforeEach
  void write() throws IOException {
    prefix = folder.resolve("variables").resolve("variables");
    Bundles b = new Bundles();
    b.tensor("layer/scale/.ATTRIBUTES/VARIABLE_VALUE", DataType.DT_FLOAT, List.of(2L), 3, 5);
    b.tensor("layer/shift/.ATTRIBUTES/VARIABLE_VALUE", DataType.DT_FLOAT, List.of(2L), 10, 20);
    TensorSliceProto left = slice(0, 1);
    TensorSliceProto right = slice(1, 2);
    b.sliced("parts", List.of(2L, 3L), List.of(left, right));
    b.tensor(SliceKeys.of("parts", left), DataType.DT_FLOAT, List.of(2L, 1L), 1, 2);
    b.tensor(SliceKeys.of("parts", right), DataType.DT_FLOAT, List.of(2L, 2L), 3, 4, 5, 6);
    b.write(prefix);
  }

  /** All of the first axis, a range of the second. */
  private static TensorSliceProto slice(long start, long length) {
    return TensorSliceProto.newBuilder()
        .addExtent(TensorSliceProto.Extent.getDefaultInstance())
        .addExtent(TensorSliceProto.Extent.newBuilder().setStart(start).setLength(length))
        .build();
  }

  @Test
  void readsTensorsAndPutsSlicesTogether() {
    Checkpoint c = Checkpoint.open(prefix);
    assertThat(c.tensor("layer/shift/.ATTRIBUTES/VARIABLE_VALUE").toDoubles())
        .containsExactly(10, 20);
    assertThat(c.tensor("parts").toDoubles()).containsExactly(1, 3, 4, 2, 5, 6);
    assertThatThrownBy(() -> c.tensor("other")).hasMessage("the checkpoint has no 'other'");
  }

  @Test
  void checksItsSums() throws IOException {
    Path data = prefix.resolveSibling("variables.data-00000-of-00001");
    byte[] bytes = Files.readAllBytes(data);
    bytes[0]++;
    Files.write(data, bytes);
    assertThatThrownBy(
            () -> Checkpoint.open(prefix).tensor("layer/scale/.ATTRIBUTES/VARIABLE_VALUE"))
        .hasMessageEndingWith("the checksum is wrong");
    Path index = Checkpoint.indexOf(prefix);
    byte[] table = Files.readAllBytes(index);
    table[5]++;
    Files.write(index, table);
    assertThatThrownBy(() -> Checkpoint.open(prefix)).hasMessageContaining("is damaged");
  }

  @Test
  void staysInTheModelsFolder() throws IOException {
    Path data = prefix.resolveSibling("variables.data-00000-of-00001");
    Path outside = folder.resolve("outside");
    Files.move(data, outside);
    Files.createSymbolicLink(data, outside);
    assertThatThrownBy(
            () -> Checkpoint.open(prefix).tensor("layer/scale/.ATTRIBUTES/VARIABLE_VALUE"))
        .hasMessageContaining("is outside of the model's folder");
  }

  @Test
  void aSavedModelThatIsALinkToElsewhereIsRefused() throws IOException {
    Path outside = new Graphs().input("x", 3).add("Neg", "y", "x").write(folder);
    Path saved = Files.createDirectories(folder.resolve("saved"));
    Files.createSymbolicLink(saved.resolve("saved_model.pb"), outside);
    assertThatThrownBy(() -> Importers.importModel(saved, ImportOptions.NONE))
        .hasMessage("saved: saved_model.pb is outside of the model's folder; name the file itself");
  }

  private static TensorProto strings(String... values) {
    TensorProto.Builder t =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_STRING)
            .setTensorShape(Graphs.shape(values.length));
    for (String v : values) {
      t.addStringVal(ByteString.copyFromUtf8(v));
    }
    return t.build();
  }

  /** y = x * scale + shift, with two variables that a function restores. */
  private static Graphs model() {
    return new Graphs()
        .add("VarHandleOp", "v1", "", "shared_name", "one")
        .add("VarHandleOp", "v2", "", "shared_name", "two")
        .input("in", -1, 2)
        .function(
            "restore",
            "path,a,b",
            "done=path",
            Graphs.node(
                "Const",
                "names",
                "",
                "value",
                strings(
                    "layer/shift/.ATTRIBUTES/VARIABLE_VALUE",
                    "layer/scale/.ATTRIBUTES/VARIABLE_VALUE")),
            Graphs.node("Const", "parts", "", "value", strings("", "")),
            Graphs.node("RestoreV2", "read", "path,names:output:0,parts:output:0"),
            Graphs.node("Identity", "second", "read:tensors:1"),
            Graphs.node("AssignVariableOp", "assign1", "a,second:output:0"),
            Graphs.node("AssignVariableOp", "assign2", "b,read:tensors:0"))
        .add("Const", "file", "", "value", strings("somewhere"))
        .add("StatefulPartitionedCall", "restored", "file,v1,v2", "f", Graphs.function("restore"))
        .function(
            "serve",
            "x,a,b",
            "r=sum:z:0",
            Graphs.node("ReadVariableOp", "reada", "a"),
            Graphs.node("ReadVariableOp", "readb", "b"),
            Graphs.node("Mul", "product", "x,reada:value:0"),
            Graphs.node("AddV2", "sum", "product:z:0,readb:value:0"))
        .add("StatefulPartitionedCall", "out", "in,v1,v2", "f", Graphs.function("serve"));
  }

  private static MetaGraphDef meta() {
    SignatureDef signature =
        SignatureDef.newBuilder()
            .putInputs("image", TensorInfo.newBuilder().setName("in:0").build())
            .putOutputs("label", TensorInfo.newBuilder().setName("out:0").build())
            .build();
    return MetaGraphDef.newBuilder()
        .setGraphDef(model().build())
        .putSignatureDef("serving_default", signature)
        .build();
  }

  private static void check(Graph g) {
    assertThat(g.inputs().get(0).name()).isEqualTo("image");
    assertThat(g.outputNames()).containsExactly("label");
    Tensor x = Tensor.ofFloats(Shape.of(1, 2), 1, 2);
    assertThat(Evaluator.evaluate(g, List.of(x)).get(0).toDoubles()).containsExactly(13, 30);
  }

  @Test
  void readsASavedModel() {
    SavedModel saved =
        SavedModel.newBuilder().setSavedModelSchemaVersion(1).addMetaGraphs(meta()).build();
    Graphs.write(folder.resolve("saved_model.pb"), saved);
    check(Importers.importModel(folder, ImportOptions.NONE).graph());
    FileChoice other = new FileChoice(Optional.empty(), Optional.of("train"), Optional.empty());
    assertThatThrownBy(() -> Importers.importModel(folder, ImportOptions.NONE.withFiles(other)))
        .hasMessageEndingWith("there is no signature 'train' (signatures: serving_default)");
  }

  @Test
  void readsAMetaGraphWithTheCheckpointBesideIt() {
    Path file = Graphs.write(prefix.resolveSibling("variables.meta"), meta());
    check(Importers.importModel(file, ImportOptions.NONE).graph());
  }

  @Test
  void readsACheckpointThatTheCallerNames() {
    Path file = Graphs.write(folder.resolve("graph.meta"), meta());
    assertThatThrownBy(() -> Importers.importModel(file, ImportOptions.NONE))
        .hasMessageContaining("variable 'v1' has no value");
    FileChoice weights =
        new FileChoice(Optional.empty(), Optional.empty(), Optional.of(Checkpoint.indexOf(prefix)));
    check(Importers.importModel(file, ImportOptions.NONE.withFiles(weights)).graph());
  }

  @Test
  void writesSliceKeysInAnOrderedCode() {
    TensorSliceProto s =
        TensorSliceProto.newBuilder()
            .addExtent(TensorSliceProto.Extent.getDefaultInstance())
            .addExtent(TensorSliceProto.Extent.newBuilder().setStart(5).setLength(300))
            .build();
    // 0; "w" and its end; 2 extents; 0 and -1; 5 and 300 with a header of two bits.
    assertThat(SliceKeys.of("w", s).chars().toArray())
        .containsExactly(0, 'w', 0, 1, 1, 2, 0x80, 0x7f, 0x85, 0xc1, 0x2c);
    assertThat(BundleEntryProto.getDefaultInstance().getSlicesCount()).isZero();
  }
}
