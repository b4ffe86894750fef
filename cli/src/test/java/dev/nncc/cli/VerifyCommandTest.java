package dev.nncc.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifyCommandTest {
  private static final Path DIGITS = Path.of("../models/digits");
  private static final Path MODEL = DIGITS.resolve("digits.onnx");

  @TempDir Path folder;

  @Test
  void aRightModelHasRightKernels() throws IOException {
    Path json = folder.resolve("v.json");
    CommandRun run =
        CommandRun.of(
            "verify", MODEL, "--input", DIGITS.resolve("three.png"), "-q", "--json", json);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .containsPattern("kernels +\\d+ are right; at worst [0-9.e-]+ of the error bound")
        .contains("passes        keep the meaning")
        .contains("outputs       relative L2");
    JsonNode found = JsonMapper.builder().build().readTree(json.toFile());
    assertThat(found.path("right").asBoolean()).isTrue();
    assertThat(found.path("profiles").get(0).path("kernels").asInt()).isPositive();
    assertThat(found.path("profiles").get(0).path("worst_by_bound").asDouble()).isBetween(0.0, 1.0);
  }

  /** The parts of the concatenation that are copied are kernels on both sides. */
  @Test
  void countsTheKernelsThatCompileSays() throws IOException {
    Path made = folder.resolve("c.json");
    Path found = folder.resolve("v.json");
    Path out = folder.resolve("out");
    assertThat(CommandRun.of("compile", MODEL, "-o", out, "--json", made, "-q").code()).isZero();
    assertThat(CommandRun.of("verify", MODEL, "--json", found, "-q").code()).isZero();
    JsonMapper json = JsonMapper.builder().build();
    JsonNode kernels = json.readTree(made.toFile()).path("kernels");
    assertThat(kernels.path("copies").asInt()).isPositive();
    assertThat(json.readTree(found.toFile()).path("profiles").get(0).path("kernels").asInt())
        .isEqualTo(kernels.path("left").asInt());
  }

  @Test
  void textIsVerifiedButNotByThePeer() throws IOException {
    Path text = folder.resolve("g.nn");
    Files.writeString(
        text,
        """
        graph "g"
        in %0: f32[2,3] name="x"
        %1 = Relu(%0) : f32[2,3] from="Relu":"r"
        out %1 name="y"
        """);
    CommandRun run = CommandRun.of("verify", text, "-q", "--seed", 3);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).contains("1 are right");
    CommandRun peer = CommandRun.of("verify", text, "--against", "onnxruntime");
    assertThat(peer.code()).isEqualTo(ExitCodes.USAGE);
    assertThat(peer.err()).contains("--against needs an ONNX model");
  }

  @Test
  void eachProfileIsVerified() {
    CommandRun zoo = CommandRun.of("zoo", "lenet", "--open-batch", "-o", folder.resolve("l.onnx"));
    assertThat(zoo.code()).as(zoo.err()).isZero();
    CommandRun run = CommandRun.of("verify", folder.resolve("l.onnx"), "--dim", "batch=1,2", "-q");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).contains("batch=1", "batch=2");
  }

  @Test
  void filesThatDoNotFitAreNamed() {
    CommandRun run =
        CommandRun.of(
            "verify",
            MODEL,
            "--input",
            DIGITS.resolve("three.png"),
            "--input",
            DIGITS.resolve("three.png"));
    assertThat(run.code()).isEqualTo(ExitCodes.FILES);
    assertThat(run.err()).contains("is one file too many");
  }
}
