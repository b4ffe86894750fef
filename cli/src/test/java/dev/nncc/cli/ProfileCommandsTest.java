package dev.nncc.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.nncc.frontend.tensor.TensorFiles;
import dev.nncc.graph.DType;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A model with an open batch becomes a library with three profiles, which the commands know. */
class ProfileCommandsTest {
  private static final Path THREE = Path.of("../models/digits/three.png");

  @TempDir static Path shared;
  @TempDir Path folder;

  private static Path model;
  private static Path out;
  private static CommandRun compiled;

  @BeforeAll
  static void compile() {
    model = shared.resolve("lenet.onnx");
    out = shared.resolve("out");
    assertThat(CommandRun.of("zoo", "lenet", "--open-batch", "-o", model).code()).isZero();
    compiled =
        CommandRun.of(
            "compile", model, "-o", out, "--dim", "batch=2,1,4", "--json", shared.resolve("json"));
  }

  private Path tensor(int batch) throws IOException {
    Path file = folder.resolve("x" + batch + ".npy");
    TensorFiles.writeNpy(file, Tensor.filled(TensorType.of(DType.F32, batch, 1, 28, 28), 0.5));
    return file;
  }

  @Test
  void compileSaysWhatEachProfileTakes() throws IOException {
    assertThat(compiled.code()).as(compiled.err()).isZero();
    assertThat(compiled.out())
        .containsPattern("(?m)^profiles batch=2  \\d+ launches, .*, arena .*\n +batch=1 ");
    JsonNode json = JsonMapper.builder().build().readTree(shared.resolve("json").toFile());
    assertThat(json.path("profiles").size()).isEqualTo(3);
    assertThat(json.path("profiles").path(2).path("name").asText()).isEqualTo("batch=4");
  }

  @Test
  void threeProfilesAreHardlyLargerThanOne() throws IOException {
    Path one = folder.resolve("one");
    assertThat(CommandRun.of("compile", model, "-o", one, "--dim", "batch=1").code()).isZero();
    long weights = Files.size(model);
    // Code for two more shapes of four layers; the 264 kB of weights would show.
    assertThat(Files.size(out.resolve("liblenet.so")) - Files.size(one.resolve("liblenet.so")))
        .isLessThan(weights / 2);
  }

  /** A packing must depend on the weight alone, or profiles could not share it. */
  @ParameterizedTest
  @Tag("full")
  @ValueSource(
      strings = {
        "squeezenet1.1",
        "googlenet",
        "resnet50",
        "mobilenet-v3-small",
        "shufflenet-v2",
        "efficientnet-b0",
        "densenet121",
        "unet"
      })
  void profilesOfTheZooShareAllWeights(String name) throws IOException {
    Path file = folder.resolve("zoo.onnx");
    assertThat(CommandRun.of("zoo", name, "--open-batch", "-o", file).code()).isZero();
    assertThat(weights(file, "batch=1,4,8")).isEqualTo(weights(file, "batch=1"));
  }

  private long weights(Path file, String dim) throws IOException {
    Path json = folder.resolve("figures.json");
    CommandRun run =
        CommandRun.of("compile", file, "--dim", dim, "--stop-after", "lower", "--json", json);
    assertThat(run.code()).as(run.err()).isZero();
    return JsonMapper.builder().build().readTree(json.toFile()).path("weight_bytes").asLong();
  }

  @Test
  void inspectListsTheProfiles() {
    CommandRun run = CommandRun.of("inspect", out);
    assertThat(run.out())
        .containsPattern(
            "(?m)^profile    batch=2: \\S+\\[2, 1, 28, 28] -> \\S+\\[2, 10], .*\\d launches of \\d")
        .contains("profile    batch=4: ");
  }

  @Test
  void runTakesTheProfileOfItsInputs() throws IOException {
    for (int batch : new int[] {1, 2, 4}) {
      CommandRun run = CommandRun.of("run", out, tensor(batch), "--save", folder);
      assertThat(run.code()).as(run.err()).isZero();
      assertThat(TensorFiles.read(folder.resolve("output_0.npy")).shape().dim(0)).isEqualTo(batch);
    }
    assertThat(CommandRun.of("run", out, THREE, "--layout", "nchw").out()).contains("f32[1,10]");
    assertThat(CommandRun.of("run", out, "--seed", 1).out()).contains("f32[4,10]");
    assertThat(CommandRun.of("run", out, "--seed", 1, "--dim", "batch=2").out())
        .contains("f32[2,10]");
  }

  @Test
  void otherShapesAreRefusedWithAListOfTheProfiles() throws IOException {
    CommandRun run = CommandRun.of("run", out, tensor(3));
    assertThat(run.code()).isNotZero();
    assertThat(run.err())
        .contains("no profile has inputs of [f32[3,1,28,28]]; the profiles of lenet are batch=2 (")
        .contains("f32[4,1,28,28]");
    CommandRun dim = CommandRun.of("run", out, "--seed", 1, "--dim", "batch=3");
    assertThat(dim.code()).isNotZero();
    assertThat(dim.err()).contains("no profile with batch=3; the profiles of lenet are batch=2 (");
  }

  @Test
  void benchMeasuresEachProfileOrTheNamedOne() throws IOException {
    Path json = folder.resolve("bench.json");
    CommandRun all = CommandRun.of("bench", out, "--seconds", 0.01, "--json", json, "-q");
    assertThat(all.code()).as(all.err()).isZero();
    assertThat(all.out()).contains("lenet batch=2 for", "lenet batch=1 for", "lenet batch=4 for");
    JsonNode figures = JsonMapper.builder().build().readTree(json.toFile());
    assertThat(figures.path("profiles").size()).isEqualTo(3);
    CommandRun one =
        CommandRun.of("bench", out, "--dim", "batch=1", "--seconds", 0.01, "--profile", "-q");
    assertThat(one.code()).as(one.err()).isZero();
    assertThat(one.out()).contains("lenet batch=1 for").doesNotContain("batch=4");
  }
}
