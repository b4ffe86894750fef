package dev.nncc.frontend.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.CodedOutputStream;
import dev.nncc.frontend.Importers;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.importing.ImportResult;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged and malicious files: one clear line each, nothing else. */
class HostileModelsTest {
  private static final int COPIES = 50;

  @TempDir Path folder;

  /** The message of the refusal, or empty if the bytes are still a model. */
  private Optional<String> message(byte[] bytes) throws IOException {
    Path file = Files.write(folder.resolve("m.onnx"), bytes);
    try {
      Importers.importModel(file, ImportOptions.NONE);
      return Optional.empty();
    } catch (ModelException e) {
      return Optional.of(e.getMessage());
    }
  }

  @Test
  void everyTruncatedCopyIsRefused() throws IOException {
    byte[] whole = OnnxModels.small().bytes();
    Random random = new Random(1);
    for (int i = 0; i < COPIES; i++) {
      int length = random.nextInt(whole.length);
      Optional<String> text = message(Arrays.copyOf(whole, length));
      assertThat(text).as("first %d bytes", length).isPresent();
      assertThat(text.get()).startsWith("m.onnx: ").hasLineCount(1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 16})
  void mutatedCopiesAreRefusedOrStillModels(int changes) throws IOException {
    byte[] whole = OnnxModels.small().bytes();
    int refused = 0;
    for (int seed = 0; seed < COPIES; seed++) {
      Random random = new Random(seed);
      byte[] bytes = whole.clone();
      for (int i = 0; i < changes; i++) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      Optional<String> text = message(bytes);
      refused += text.isPresent() ? 1 : 0;
      text.ifPresent(t -> assertThat(t).startsWith("m.onnx: "));
    }
    assertThat(refused).isGreaterThan(0);
  }

  @Test
  void filesThatAreNoModelsAreNamed() throws IOException {
    assertThatThrownBy(() -> load(folder.resolve("none.onnx")))
        .hasMessage("none.onnx: no such file");
    assertThatThrownBy(() -> load(folder)).hasMessageEndingWith(": is a folder, not a file");
    Path empty = Files.createFile(folder.resolve("empty.onnx"));
    assertThatThrownBy(() -> load(empty)).hasMessage("empty.onnx: the file is empty");
    Path text = Files.writeString(folder.resolve("text.onnx"), "this is text, not a model\n");
    assertThatThrownBy(() -> load(text)).hasMessageStartingWith("text.onnx: not an ONNX model");
  }

  private static ImportResult load(Path file) {
    return Importers.importModel(file, ImportOptions.NONE);
  }

  private void refused(OnnxModels m, String message) {
    assertThatThrownBy(() -> load(m.write(folder)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(message);
  }

  @Test
  void hugeSizesAreNotBelieved() {
    long huge = 1L << 40;
    OnnxModels big = OnnxModels.opset(13).longs("s", huge, huge);
    refused(big.node("ConstantOfShape", "s", "y").output("y"), "more elements than can be counted");
    OnnxModels large = OnnxModels.opset(13).longs("s", huge);
    refused(large.node("ConstantOfShape", "s", "y").output("y"), "too large");
    OnnxModels expand = OnnxModels.opset(13).input("x", 1).longs("s", huge, huge);
    refused(expand.node("Expand", "x,s", "y").output("y"), "more elements than can be counted");
    OnnxModels range =
        OnnxModels.opset(13)
            .floats("a", Shape.SCALAR, 0)
            .floats("b", Shape.SCALAR, 1e30f)
            .floats("c", Shape.SCALAR, 1);
    refused(range.node("Range", "a,b,c", "y").output("y"), "too large");
    OnnxModels input = OnnxModels.opset(13).input("x", huge, huge);
    refused(input.node("Neg", "x", "y").output("y"), "more elements than can be counted");
    OnnxModels tile = OnnxModels.opset(13).floats("x", Shape.of(4), 1, 2, 3, 4).longs("r", huge);
    OnnxModels wide = tile.node("Tile", "x,r", "y").node("Reshape", "z,y", "q").output("q");
    refused(wide, "'z' is defined by no node");
  }

  @Test
  void deepNestingIsRefused() throws IOException {
    byte[] graph = {};
    for (int i = 0; i < 2000; i++) {
      // A graph in an attribute (field 6) in a node (field 5) in a graph (field 1).
      graph = wrapped(1, wrapped(5, wrapped(6, graph)));
    }
    assertThat(message(wrapped(7, graph))).get().asString().contains("damaged");
  }

  private static byte[] wrapped(int field, byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.writeByteArray(field, content);
    out.flush();
    return bytes.toByteArray();
  }

  @Test
  void longChainsDoNotExhaustTheStack() {
    OnnxModels m = OnnxModels.opset(13).input("x", 1);
    int count = 20_000;
    for (int i = count; i > 0; i--) {
      m.node("Neg", i == 1 ? "x" : "t" + (i - 1), "t" + i);
    }
    ImportResult r = load(m.output("t" + count).write(folder));
    assertThat(r.graph().nodes()).hasSize(count);
  }
}
