package dev.nncc.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.nncc.compiler.run.TensorInputs;
import dev.nncc.frontend.tensor.TensorFiles;
import dev.nncc.graph.DType;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With real worker processes. */
class ConformanceCommandTest {
  private static final Path DIGITS = Path.of("../models/digits/digits.onnx");

  @TempDir Path folder;

  /** The digits model with outputs that it gives, and some that it does not. */
  private Path tests() throws IOException {
    Path root = folder.resolve("tests");
    Path right = Files.createDirectories(root.resolve("a/right"));
    Path wrong = Files.createDirectories(root.resolve("b/wrong"));
    Path out = folder.resolve("out");
    assertThat(CommandRun.of("compile", DIGITS, "-o", out, "-q").code()).isZero();
    assertThat(CommandRun.of("run", out, "--seed", 1, "--save", right).code()).isZero();
    Tensor image = TensorInputs.random(TensorType.of(DType.F32, 1, 1, 28, 28), 1, 0);
    TensorFiles.writeNpy(
        wrong.resolve("output_0.npy"), Tensor.filled(TensorType.of(DType.F32, 1, 10), 0.1));
    for (Path test : new Path[] {right, wrong}) {
      Files.copy(DIGITS, test.resolve("model.onnx"));
      TensorFiles.writeNpy(test.resolve("input_0.npy"), image);
    }
    return root;
  }

  @Test
  void theScoreboardComesFromWorkers() throws IOException {
    Path root = tests();
    Path json = folder.resolve("r.json");
    CommandRun all = CommandRun.of("conformance", root, "--jobs", 2, "-v", "--json", json);
    assertThat(all.out())
        .contains(
            "passed   a/right",
            "failed   b/wrong",
            "2 tests: 1 passed, 0 excused, 1 failed, 0 refused")
        .containsPattern("Conv +2 +1 +\\. +1 +\\.");
    assertThat(all.code()).isEqualTo(ExitCodes.CHECK_FAILED);
    assertThat(
            JsonMapper.builder()
                .build()
                .readTree(json.toFile())
                .path("failed")
                .path(0)
                .path("name")
                .asText())
        .isEqualTo("b/wrong");

    CommandRun good = CommandRun.of("conformance", root, "--filter", "right", "--cpu", "x86-64-v3");
    assertThat(good.out()).contains("1 tests: 1 passed");
    assertThat(good.code()).isZero();
    CommandRun none = CommandRun.of("conformance", root, "--filter", "nothing");
    assertThat(none.err()).contains("holds no test");
    assertThat(none.code()).isEqualTo(ExitCodes.FILES);
  }

  @Test
  void aPathWithoutTestsIsAFileError() {
    assertThat(CommandRun.of("conformance", folder.resolve("no")).code())
        .isEqualTo(ExitCodes.FILES);
  }
}
