package dev.nncc.frontend.caffe;

import static dev.nncc.frontend.caffe.Net.floats;
import static dev.nncc.frontend.caffe.Net.shape;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nncc.frontend.Importers;
import dev.nncc.frontend.importing.FileChoice;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.frontend.importing.ModelFormat;
import dev.nncc.graph.ModelException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged and malicious files: one clear message each, nothing else. */
class HostileNetsTest {
  private static final int MUTANTS = 2_000;
  private static final int MANY_MUTANTS = 50_000;

  @TempDir Path folder;

  private Path text;
  private Path weights;

  /** A detector with a layer of each family, so that mutations reach all of them. */
  private void write() {
    Net net =
        Net.of()
            .input(1, 2, 6, 6)
            .text("layer { name: 'c' type: 'Convolution' bottom: 'x' top: 'c'")
            .text("convolution_param { num_output: 4 kernel_size: 3 pad: 1 stride: 1 } }")
            .text("layer { name: 'b' type: 'BatchNorm' bottom: 'c' top: 'c' }")
            .text("layer { name: 'p' type: 'Pooling' bottom: 'c' top: 'p'")
            .text("pooling_param { pool: MAX kernel_size: 2 stride: 2 } }")
            .text("layer { name: 'm' type: 'Permute' bottom: 'p' top: 'm'")
            .text("permute_param { order: 0 order: 2 order: 3 order: 1 } }")
            .text("layer { name: 'f' type: 'Flatten' bottom: 'm' top: 'f' }")
            .text("layer { name: 'v' type: 'InnerProduct' bottom: 'f' top: 'v'")
            .text("inner_product_param { num_output: 18 bias_term: false } }")
            .text("layer { name: 'q' type: 'PriorBox' bottom: 'p' bottom: 'x' top: 'q'")
            .text("prior_box_param { min_size: 2 step: 2 } }")
            .text("layer { name: 'd' type: 'DetectionOutput' bottom: 'f' bottom: 'v' bottom: 'q'")
            .text("top: 'd' detection_output_param { num_classes: 2 keep_top_k: 5")
            .text("nms_param { top_k: 4 } } }")
            .text("layer { name: 'r' type: 'Reshape' bottom: 'v' top: 'r'")
            .text("reshape_param { shape { dim: 9 dim: -1 dim: 1 } } }")
            .text("layer { name: 'w' type: 'Eltwise' bottom: 'r' bottom: 'r' top: 'w'")
            .text("eltwise_param { coeff: 1 coeff: 2 } }");
    net.weightsOf("c", Net.random(1, 4, 2, 3, 3), Net.random(2, 4))
        .weightsOf("b", Net.random(3, 4), floats(shape(4), 1, 2, 3, 4), floats(shape(1), 1))
        .weightsOf("v", Net.random(4, 18, 36));
    text = net.write(folder);
    weights = folder.resolve("net.caffemodel");
  }

  /** The message of the refusal, or empty if the files are still a network. */
  private Optional<String> message() {
    FileChoice caffe =
        new FileChoice(Optional.of(ModelFormat.CAFFE), Optional.empty(), Optional.empty());
    try {
      Importers.importModel(text, ImportOptions.NONE.withFiles(caffe));
      return Optional.empty();
    } catch (ModelException e) {
      return Optional.of(e.getMessage());
    }
  }

  private static byte[] mutated(byte[] whole, Random random, byte[] alphabet) {
    byte[] bytes = whole.clone();
    int changes = 1 << random.nextInt(5);
    for (int i = 0; i < changes; i++) {
      byte b =
          alphabet.length == 0
              ? (byte) random.nextInt(256)
              : alphabet[random.nextInt(alphabet.length)];
      bytes[random.nextInt(bytes.length)] = b;
    }
    return random.nextInt(10) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
  }

  private void mutate(int mutants, long seed) throws IOException {
    write();
    byte[] goodText = Files.readAllBytes(text);
    byte[] goodWeights = Files.readAllBytes(weights);
    byte[] letters = "0123456789 {}:'\"-.xcpdvq\n".getBytes(StandardCharsets.UTF_8);
    int refused = 0;
    for (int i = 0; i < mutants; i++) {
      Random random = new Random(seed + i);
      boolean inText = random.nextBoolean();
      Files.write(
          inText ? text : weights,
          inText
              ? mutated(goodText, random, random.nextBoolean() ? letters : new byte[0])
              : mutated(goodWeights, random, new byte[0]));
      try {
        Optional<String> said = message();
        refused += said.isPresent() ? 1 : 0;
        said.ifPresent(t -> assertThat(t).matches("(?s)net\\.(prototxt|caffemodel): .*"));
      } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
        throw new AssertionError("mutant " + (seed + i), e);
      }
      Files.write(text, goodText);
      Files.write(weights, goodWeights);
    }
    assertThat(refused).isBetween(mutants / 10, mutants);
    assertThat(message()).isEmpty();
  }

  @Test
  void mutantsAreRefusedOrStillNetworks() throws IOException {
    mutate(MUTANTS, 1);
  }

  @Test
  @Tag("full")
  void manyMutantsAreRefusedOrStillNetworks() throws IOException {
    mutate(MANY_MUTANTS, 1_000_000);
  }

  private void refused(Net net, String message) {
    Path file = net.write(folder);
    assertThatThrownBy(() -> Importers.importModel(file, ImportOptions.NONE))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("net.prototxt: ")
        .hasMessageContaining(message);
  }

  @Test
  void hugeSizesAreNotBelieved() {
    long huge = 1L << 40;
    refused(Net.layer("ReLU", "", shape(huge, huge)), "more elements than can be counted");
    refused(
        Net.layer(
            "Convolution",
            "convolution_param { num_output: 1099511627776 kernel_size: 1 }",
            shape(1, 1, 4, 4)),
        "no weights");
    refused(
        Net.layer("Pooling", "pooling_param { kernel_size: 9000000000 }", shape(1, 1, 4, 4)),
        "does not fit");
    refused(
        Net.layer(
            "PriorBox",
            "prior_box_param { min_size: 1 }",
            shape(1, 1, 1 << 16, 1 << 16),
            shape(1, 1, 4, 4)),
        "4294967296 boxes");
    refused(
        Net.layer("Tile", "tile_param { tiles: 9223372036854775807 }", shape(1, 4)), "too large");
    refused(
        Net.layer(
            "DetectionOutput",
            "detection_output_param { num_classes: 2000000000 nms_param { top_k: 400 } }",
            shape(1, 4),
            shape(1, 2),
            shape(1, 2, 4)),
        "confidences");
    refused(
        Net.layer("SPP", "spp_param { pyramid_height: 63 }", shape(1, 1, 4, 4)), "pyramid_height");
  }

  @Test
  void deepNestingIsRefused() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("deep.prototxt"), "layer { a ".repeat(100_000) + "}".repeat(100_000));
    assertThatThrownBy(() -> Importers.importModel(file, ImportOptions.NONE))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("deep.prototxt: ");
  }

  @Test
  void syntaxErrorsSayWhere() throws IOException {
    Path file = Files.writeString(folder.resolve("bad.prototxt"), "layer {\n  name: 3\n}\n");
    assertThatThrownBy(() -> Importers.importModel(file, ImportOptions.NONE))
        .hasMessageStartingWith("bad.prototxt: line 2, column 9: ")
        .hasMessageNotContaining("\n");
    Path none = Files.writeString(folder.resolve("none.prototxt"), "input_dim: 1\n");
    assertThatThrownBy(() -> Importers.importModel(none, ImportOptions.NONE))
        .hasMessage("none.prototxt: not a Caffe network: there are no layers in it");
  }

  @Test
  void whatIsNotSupportedIsNamedAtOnce() {
    Net net =
        Net.of()
            .input(1, 4)
            .text("layer { name: 'a' type: 'Filter' bottom: 'x' top: 'a' }")
            .text("layer { name: 'b' type: 'Filter' bottom: 'a' top: 'b' }")
            .text("layer { name: 'c' type: 'ReLU' bottom: 'b' top: 'c' }")
            .text("layer { name: 'd' type: 'Pooling' bottom: 'x' top: 'd'")
            .text("pooling_param { kernel_size: 1 } }");
    refused(net, "3 nodes cannot be imported");
    refused(net, "Filter: operator not supported: 2 nodes: a, b");
    refused(net, "Pooling: pooling of f32[1,4] is not supported: 1 node: d");
  }

  @Test
  void wrongConnectionsAreNamed() {
    refused(
        Net.of().text("layer { name: 'a' type: 'ReLU' bottom: 'b' top: 'a' }"),
        "layer 'a' (ReLU) reads 'b', which no layer in front of it makes");
    refused(
        Net.of()
            .input(1)
            .text("layer { name: 'a' type: 'ReLU' bottom: 'x' top: 'a' }")
            .text("layer { name: 'b' type: 'ReLU' bottom: 'x' top: 'a' }"),
        "'a' is made by two layers, the second is 'b'");
    refused(Net.of().input(1), "the network has no outputs");
  }

  @Test
  void networksAreCutWhereOneWants() {
    Net net =
        Net.of()
            .input(1, 4)
            .text("layer { name: 'a' type: 'Filter' bottom: 'x' top: 'a' }")
            .text("layer { name: 'b' type: 'ReLU' bottom: 'a' top: 'b' }")
            .text("layer { name: 'c' type: 'AbsVal' bottom: 'b' top: 'b' }")
            .text("layer { name: 'd' type: 'Filter' bottom: 'b' top: 'd' }");
    Path file = net.write(folder);
    ImportOptions cut =
        ImportOptions.NONE
            .withInputs(List.of("a"))
            .withOutputs(List.of("b"))
            .withInputShape("a", List.of(3L));
    var graph = Importers.importModel(file, cut).graph();
    assertThat(graph.inputs()).hasSize(1);
    assertThat(graph.inputs().get(0).shape().toArray()).containsExactly(3);
    assertThat(graph.nodes()).hasSize(2);
    assertThatThrownBy(
            () -> Importers.importModel(file, ImportOptions.NONE.withOutputs(List.of("bb"))))
        .hasMessageContaining("the network has no value or layer named 'bb'");
  }
}
