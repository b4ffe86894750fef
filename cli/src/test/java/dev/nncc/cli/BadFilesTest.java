package dev.nncc.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.frontend.onnx.proto.AttributeProto;
import dev.nncc.frontend.onnx.proto.GraphProto;
import dev.nncc.frontend.onnx.proto.ModelProto;
import dev.nncc.frontend.onnx.proto.NodeProto;
import dev.nncc.frontend.onnx.proto.OperatorSetIdProto;
import dev.nncc.frontend.onnx.proto.StringStringEntryProto;
import dev.nncc.frontend.onnx.proto.TensorProto;
import dev.nncc.frontend.onnx.proto.TensorShapeProto;
import dev.nncc.frontend.onnx.proto.TypeProto;
import dev.nncc.frontend.onnx.proto.ValueInfoProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are no good: one clear line each, exit code 3 or 4, never a stack trace. */
class BadFilesTest {
  private static final Path DIGITS = Path.of("../models/digits/digits.onnx");

  @TempDir Path folder;

  private CommandRun compile(Path model) {
    return CommandRun.of("compile", model, "-o", folder.resolve("out"), "-q");
  }

  private void refused(Path model, int code, String... words) {
    CommandRun run = compile(model);
    assertThat(run.err()).startsWith("nncc: ").contains(words);
    assertThat(run.err()).hasLineCount(1).doesNotContain("Exception", "internal");
    assertThat(run.code()).isEqualTo(code);
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void aMissingFile() {
    Path missing = folder.resolve("no.onnx");
    refused(missing, ExitCodes.FILES, "no such file: " + missing);
  }

  @Test
  void aFolder() {
    refused(folder, ExitCodes.FILES, folder + " is a folder without saved_model.pb");
  }

  @Test
  void aPointerOfGitLfs() throws IOException {
    String text = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
    for (String name : List.of("m.onnx", "m.pb", "m.prototxt", "m.caffemodel")) {
      Path file = Files.writeString(folder.resolve(name), text);
      refused(file, ExitCodes.MODEL, name, "is a pointer of Git LFS", "git lfs pull");
    }
  }

  @Test
  void aTextOfAnotherFormat() throws IOException {
    Path net = Files.writeString(folder.resolve("net.prototxt"), "layer { name: \"a\" }\n");
    for (String format : List.of("tensorflow", "onnx")) {
      CommandRun run = CommandRun.of("inspect", net, "--format", format);
      assertThat(run.err()).startsWith("nncc: net.prototxt: not a").hasLineCount(1);
      assertThat(run.code()).isEqualTo(ExitCodes.MODEL);
    }
  }

  @Test
  void choicesThatMeanNothingForTheFormat() {
    for (String option : List.of("--signature", "--weights")) {
      CommandRun run = CommandRun.of("compile", DIGITS, option, "x", "-o", folder.resolve("out"));
      assertThat(run.err()).startsWith("nncc: " + option + ": digits.onnx is an ONNX model");
      assertThat(run.err()).hasLineCount(1);
      assertThat(run.code()).isEqualTo(ExitCodes.USAGE);
    }
    Path text = folder.resolve("d.nn");
    CommandRun.of("opt", DIGITS, "--no-passes", "-o", text);
    for (String[] words : new String[][] {{"--dim", "b=1"}, {"--signature", "s"}}) {
      CommandRun run = CommandRun.of("inspect", text, words[0], words[1]);
      assertThat(run.err()).contains("d.nn is a graph as .nn text").hasLineCount(1);
      assertThat(run.code()).isEqualTo(ExitCodes.USAGE);
    }
  }

  @Test
  void anEmptyFile() throws IOException {
    Path file = Files.createFile(folder.resolve("empty.onnx"));
    refused(file, ExitCodes.FILES, file + " is empty");
  }

  @Test
  void aTextFile() throws IOException {
    Path file = Files.writeString(folder.resolve("text.onnx"), "This is no model.\n");
    refused(file, ExitCodes.MODEL, "text.onnx");
  }

  @Test
  void fiftyMutatedOrTruncatedCopies() throws IOException {
    byte[] good = Files.readAllBytes(DIGITS);
    Random random = new Random(20260101);
    for (int i = 0; i < 50; i++) {
      byte[] bad = good.clone();
      if (i % 2 == 0) {
        bad = Arrays.copyOf(bad, random.nextInt(bad.length));
      } else {
        // Half of the flips hit the graph behind the weights, where names and attributes are.
        for (int k = 0; k <= i / 10; k++) {
          int at = i % 4 == 1 ? random.nextInt(bad.length) : bad.length - 1 - random.nextInt(4000);
          bad[at] ^= (byte) (1 << random.nextInt(8));
        }
      }
      Path file = Files.write(folder.resolve("copy" + i + ".onnx"), bad);
      CommandRun run = CommandRun.of("compile", file, "-q", "--stop-after", "plan");
      assertThat(run.code())
          .as("copy %d: %s", i, run.err())
          .isIn(ExitCodes.DONE, ExitCodes.MODEL, ExitCodes.FILES);
      assertThat(run.err()).as("copy %d", i).doesNotContain("Exception", "internal error", "\tat ");
      if (run.code() != ExitCodes.DONE) {
        assertThat(run.err()).startsWith("nncc: ").hasSizeLessThan(2000);
      }
    }
  }

  @Test
  void aCycle() throws IOException {
    refused(
        model(
            g ->
                g.addNode(node("Add", "x", "b", "a"))
                    .addNode(node("Relu", "a", "b"))
                    .addOutput(value("b", 3))),
        ExitCodes.MODEL,
        "model.onnx");
  }

  @Test
  void aMissingInitialiser() throws IOException {
    refused(
        model(g -> g.addNode(node("Add", "x", "weights", "y")).addOutput(value("y", 3))),
        ExitCodes.MODEL,
        "model.onnx",
        "weights");
  }

  @Test
  void aNegativeDimension() throws IOException {
    TensorProto w =
        TensorProto.newBuilder()
            .setName("w")
            .setDataType(TensorProto.DataType.FLOAT.getNumber())
            .addDims(-3)
            .build();
    refused(
        model(
            g -> g.addInitializer(w).addNode(node("Add", "x", "w", "y")).addOutput(value("y", 3))),
        ExitCodes.MODEL,
        "model.onnx",
        "negative");
  }

  @Test
  void weightsOutsideOfTheFolder() throws IOException {
    Files.write(folder.resolve("secret.bin"), new byte[12]);
    for (String location : List.of("../secret.bin", folder.resolve("secret.bin").toString())) {
      TensorProto w =
          TensorProto.newBuilder()
              .setName("w")
              .setDataType(TensorProto.DataType.FLOAT.getNumber())
              .addDims(3)
              .setDataLocation(TensorProto.DataLocation.EXTERNAL)
              .addExternalData(
                  StringStringEntryProto.newBuilder().setKey("location").setValue(location))
              .build();
      Path inner = Files.createDirectories(folder.resolve("inner"));
      Path file =
          model(
              g ->
                  g.addInitializer(w).addNode(node("Add", "x", "w", "y")).addOutput(value("y", 3)));
      refused(Files.copy(file, inner.resolve(location.hashCode() + ".onnx")), ExitCodes.MODEL, "w");
    }
  }

  @Test
  void anUnknownOperatorIsReportedWithItsNode() throws IOException {
    CommandRun run =
        compile(model(g -> g.addNode(node("Frob", "x", "y")).addOutput(value("y", 3))));
    assertThat(run.err()).contains("model.onnx", "Frob", "not supported", "Frob_0");
    assertThat(run.code()).isEqualTo(ExitCodes.MODEL);
  }

  @Test
  void anOutputThatCannotBeWritten() throws IOException {
    Path file = Files.writeString(folder.resolve("taken"), "x");
    CommandRun run = CommandRun.of("compile", DIGITS, "-o", file.resolve("out"), "-q");
    assertThat(run.err()).startsWith("nncc: ").hasLineCount(1).contains("taken");
    assertThat(run.code()).isEqualTo(ExitCodes.FILES);
  }

  private interface Edit {
    void apply(GraphProto.Builder graph);
  }

  /** A model with one input x of three floats. */
  private Path model(Edit edit) throws IOException {
    GraphProto.Builder graph = GraphProto.newBuilder().setName("g").addInput(value("x", 3));
    edit.apply(graph);
    ModelProto model =
        ModelProto.newBuilder()
            .setIrVersion(8)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(13))
            .setGraph(graph)
            .build();
    return Files.write(folder.resolve("model.onnx"), model.toByteArray());
  }

  /** The last name is the output's. */
  private static NodeProto node(String op, String... names) {
    return NodeProto.newBuilder()
        .setOpType(op)
        .setName(op + "_0")
        .addAllInput(List.of(names).subList(0, names.length - 1))
        .addOutput(names[names.length - 1])
        .addAllAttribute(List.<AttributeProto>of())
        .build();
  }

  private static ValueInfoProto value(String name, long extent) {
    TypeProto.Tensor type =
        TypeProto.Tensor.newBuilder()
            .setElemType(TensorProto.DataType.FLOAT.getNumber())
            .setShape(
                TensorShapeProto.newBuilder()
                    .addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(extent)))
            .build();
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(type))
        .build();
  }
}
