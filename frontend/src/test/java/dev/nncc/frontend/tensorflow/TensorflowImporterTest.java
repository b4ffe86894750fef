package dev.nncc.frontend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.TextFormat;
import dev.nncc.frontend.Importers;
import dev.nncc.frontend.importing.ChoiceException;
import dev.nncc.frontend.importing.FileChoice;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.importing.ImportResult;
import dev.nncc.frontend.importing.ModelFormat;
import dev.nncc.frontend.tensorflow.proto.DataType;
import dev.nncc.graph.Evaluator;
import dev.nncc.graph.Graph;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorflowImporterTest {
  @TempDir Path folder;

  private static Tensor vector(float... values) {
    return Tensor.ofFloats(Shape.of(values.length), values);
  }

  private static Graphs doubled() {
    return new Graphs().input("x", 2).add("Add", "y", "x,x").add("Neg", "z", "y");
  }

  @Test
  void endsAtWhatNobodyReads() {
    Graph g = doubled().add("NoOp", "init", "^z").load(folder);
    assertThat(g.outputNames()).containsExactly("z");
    assertThat(doubled().run(folder, vector(1, 2))).containsExactly(-2, -4);
  }

  @Test
  void readsTheTextForm() throws IOException {
    String text = TextFormat.printer().printToString(doubled().build()) + "unknown_field: 1\n";
    Path file = Files.writeString(folder.resolve("m.pbtxt"), text);
    ImportResult r = Importers.importModel(file, ImportOptions.NONE);
    assertThat(r.facts().format()).isEqualTo(ModelFormat.TENSORFLOW);
    assertThat(Evaluator.evaluate(r.graph(), List.of(vector(1, 2))).get(0).toDoubles())
        .containsExactly(-2, -4);
  }

  @Test
  void cutsAtAnyTensor() {
    Graphs g =
        new Graphs()
            .add("DecodeWav", "wav", "file")
            .add("Relu", "r", "wav:1")
            .add("Neg", "n", "r")
            .add("Unheard", "u", "n");
    ImportOptions cut =
        ImportOptions.NONE
            .withInputs(List.of("wav:1"))
            .withInputShape("wav:1", List.of(2L))
            .withOutputs(List.of("n:0"));
    Graph graph = g.load(folder, cut);
    assertThat(graph.inputs().get(0).name()).isEqualTo("wav:1");
    assertThat(Evaluator.evaluate(graph, List.of(vector(-1, 2))).get(0).toDoubles())
        .containsExactly(-0.0, -2);
  }

  @Test
  void reportsAllThatIsNotSupportedAtOnce() {
    Graphs g =
        new Graphs()
            .input("x", 2)
            .add("Unheard", "a", "x")
            .add("Alien", "b", "a")
            .add("Alien", "c", "b");
    assertThatThrownBy(() -> g.load(folder))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("3 nodes cannot be imported")
        .hasMessageContaining("Alien: operator not supported: 2 nodes: b, c")
        .hasMessageContaining("Unheard: operator not supported: 1 node: a");
  }

  @Test
  void asksForOpenShapes() {
    Graphs g =
        new Graphs()
            .add("Placeholder", "x", "", "dtype", DataType.DT_FLOAT)
            .input("y", -1, -1)
            .add("Add", "z", "x,y");
    assertThatThrownBy(() -> g.load(folder))
        .hasMessage(
            "model.pb: open dimensions: input 'x' has no shape; number 1 of input 'y' [-1, -1]."
                + " Give whole shapes with --input-shape INPUT=1x224x224x3");
    ImportOptions shapes =
        ImportOptions.NONE
            .withInputShape("x", List.of(2L, 3L))
            .withInputShape("y:0", List.of(1L, 3L));
    assertThat(g.load(folder, shapes).outputs().get(0).shape()).isEqualTo(Shape.of(2, 3));
    assertThatThrownBy(() -> g.load(folder, shapes.withInputShape("w", List.of(1L))))
        .hasMessage("model.pb: there is no input 'w' (inputs: x, y)");
  }

  @Test
  void anEmptyShapeInAnOldGraphIsAScalarIfThatWorks() {
    Graphs works = new Graphs().input("x", 2).input("s").add("Mul", "y", "x,s");
    ImportResult r = Importers.importModel(works.write(folder), ImportOptions.NONE);
    assertThat(r.graph().inputs().get(1).type().rank()).isZero();
    assertThat(r.facts().assumed())
        .containsExactly("input 's' is taken for a scalar, since its shape is empty");
    Graphs fails =
        new Graphs().input("x").list("axis", 1).add("ConcatV2", "y", "x,x,axis", "N", 2L);
    assertThatThrownBy(() -> fails.load(folder))
        .hasMessageStartingWith("model.pb: open dimensions: the shape of input 'x' is empty")
        .hasMessageContaining("--input-shape")
        .hasMessageContaining("taken for a scalar: y (ConcatV2)");
    ImportOptions shape = ImportOptions.NONE.withInputShape("x", List.of(2L, 3L));
    assertThat(fails.load(folder, shape).outputs().get(0).shape()).isEqualTo(Shape.of(2, 6));
  }

  @Test
  void anEmptyShapeInANewGraphIsAScalar() {
    Graphs g = new Graphs().producer(24).input("x").add("Neg", "y", "x");
    ImportResult r = Importers.importModel(g.write(folder), ImportOptions.NONE);
    assertThat(r.facts().assumed()).isEmpty();
    ImportOptions shape = ImportOptions.NONE.withInputShape("x", List.of(2L));
    assertThatThrownBy(() -> g.load(folder, shape)).hasMessageContaining("does not fit");
  }

  @Test
  void whatIsSaidOfAPlaceholderThatIsNotNeededHasNoEffect() {
    Graphs g = new Graphs().input("x", 2).input("keep").add("Neg", "y", "x");
    ImportOptions bound = ImportOptions.NONE.withBind("keep", Tensor.ofLongs(Shape.SCALAR, 1));
    ImportResult r = Importers.importModel(g.write(folder), bound.withOutputs(List.of("y")));
    assertThat(r.graph().inputs()).hasSize(1);
    assertThat(r.facts().assumed()).anyMatch(note -> note.contains("'keep' is not needed"));
  }

  @Test
  void namesTheEndsThatThereAre() {
    assertThatThrownBy(() -> doubled().load(folder, ImportOptions.NONE.withOutputs(List.of("qqq"))))
        .hasMessage("model.pb: --outputs: there is no node 'qqq'; its own outputs: z");
    assertThatThrownBy(() -> doubled().load(folder, ImportOptions.NONE.withInputs(List.of("qqq"))))
        .hasMessage("model.pb: --inputs: there is no node 'qqq'; its own inputs: x");
  }

  @Test
  void countsTheOperatorsBetweenTheEnds() {
    Graphs g =
        doubled()
            .add("Unheard", "front", "file")
            .add("Relu", "r", "front")
            .add("twice", "call", "r")
            .add("PartitionedCall", "again", "call", "f", Graphs.function("twice"))
            .function("twice", "a", "out=n:y:0", Graphs.node("Neg", "n", "a"))
            .function("training", "a", "out=n:y:0", Graphs.node("Exp", "n", "a"));
    ImportOptions cut =
        ImportOptions.NONE.withInputs(List.of("front")).withOutputs(List.of("again"));
    assertThat(Importers.open(g.write(folder), FileChoice.NONE).operators(cut))
        .containsExactly("Neg", "PartitionedCall", "Relu");
  }

  @Test
  void refusesChoicesWithoutMeaning() {
    Path file = doubled().write(folder);
    FileChoice signature = new FileChoice(Optional.empty(), Optional.of("s"), Optional.empty());
    FileChoice weights = new FileChoice(Optional.empty(), Optional.empty(), Optional.of(file));
    assertThatThrownBy(() -> Importers.open(file, signature))
        .isInstanceOf(ChoiceException.class)
        .hasMessageContaining("--signature: model.pb");
    assertThatThrownBy(() -> Importers.open(file, weights))
        .isInstanceOf(ChoiceException.class)
        .hasMessageContaining("--weights: model.pb is a frozen graph");
  }

  @Test
  void assumesABatchOfOne() {
    Graphs g = new Graphs().input("x", -1, 3).add("Neg", "y", "x");
    ImportResult r = Importers.importModel(g.write(folder), ImportOptions.NONE);
    assertThat(r.graph().outputs().get(0).shape()).isEqualTo(Shape.of(1, 3));
    assertThat(r.facts().assumed()).containsExactly("the leading dimension of input 'x' is 1");
  }

  @Test
  void bindsWhatDecidesShapes() {
    Graphs g = new Graphs().input("x", 6).list("unused", 1);
    g.add("Placeholder", "to", "", "dtype", DataType.DT_INT32, "shape", Graphs.shape(2));
    g.add("Reshape", "y", "x,to");
    assertThatThrownBy(() -> g.load(folder))
        .hasMessageContaining("input shape is computed at run time; it must be constant");
    Tensor to = Tensor.ofLongs(Shape.of(2), 3, 2);
    ImportOptions bound = ImportOptions.NONE.withBind("to", to);
    assertThat(g.load(folder, bound).outputs().get(0).shape()).isEqualTo(Shape.of(3, 2));
  }

  @Test
  void convolvesWithChannelsLast() {
    Graphs g =
        new Graphs()
            .input("x", 1, 1, 3, 2)
            .floats("w", new long[] {1, 2, 2, 1}, 1, 10, 100, 1000)
            .add(
                "Conv2D",
                "y",
                "x,w",
                "padding",
                "SAME",
                "strides",
                new long[] {1, 1, 2, 1},
                "data_format",
                "NHWC");
    Tensor x = Tensor.ofFloats(Shape.of(1, 1, 3, 2), 1, 2, 3, 4, 5, 6);
    // Both results have a window of two pixels; behind the last one lies a border.
    assertThat(g.run(folder, x)).containsExactly(1 + 20 + 300 + 4000, 5 + 60);
  }

  @Test
  void dilatesWhatStandsBetweenSpaceAndBatch() {
    Graphs g =
        new Graphs()
            .input("x", 1, 6, 1)
            .list("block", 2)
            .ints("pads", new long[] {1, 2}, 2, 2)
            .ints("crops", new long[] {1, 2}, 0, 0)
            .integer("one", 1)
            .floats("w", new long[] {1, 3, 1, 1}, 1, 10, 100)
            .add("SpaceToBatchND", "s", "x,block,pads")
            .add("ExpandDims", "e", "s,one")
            .add("Conv2D", "c", "e,w", "padding", "VALID", "strides", new long[] {1, 1, 1, 1})
            .add("Squeeze", "q", "c", "squeeze_dims", new long[] {1})
            .add("BatchToSpaceND", "y", "q,block,crops");
    Graph graph = g.load(folder);
    assertThat(graph.nodes().stream().map(n -> n.op().name()).toList())
        .contains("Conv")
        .doesNotContain("Pad", "Slice");
    Tensor x = Tensor.ofFloats(Shape.of(1, 6, 1), 1, 2, 3, 4, 5, 6);
    assertThat(Evaluator.evaluate(graph, List.of(x)).get(0).toDoubles())
        .containsExactly(310, 420, 531, 642, 53, 64);
  }

  @Test
  void dropoutIsTheIdentity() {
    Graphs g =
        new Graphs()
            .input("x", 3)
            .input("keep")
            .list("shape", 3)
            .add("RandomUniform", "u", "shape", "dtype", DataType.DT_FLOAT)
            .add("Add", "a", "keep,u")
            .add("Floor", "f", "a")
            .add("RealDiv", "d", "x,keep")
            .add("Mul", "m", "d,f")
            .add("Neg", "y", "m");
    assertThat(g.run(folder, vector(1, 2, 3))).containsExactly(-1, -2, -3);
  }

  @Test
  void namesWhatCanBeImported() {
    assertThat(Importers.supportedOps(ModelFormat.TENSORFLOW))
        .extracting(o -> o.name())
        .contains("Conv2D", "While", "Merge", "Const")
        .isSorted();
    Path file = doubled().write(folder);
    assertThat(Importers.format(file, FileChoice.NONE)).isEqualTo(ModelFormat.TENSORFLOW);
  }
}
