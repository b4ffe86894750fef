package dev.nncc.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.nncc.compiler.run.TensorInputs;
import dev.nncc.frontend.tensor.TensorFiles;
import dev.nncc.graph.DType;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
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
  void anInterruptionLeavesNothingBehind() throws Exception {
    Path temporary = Files.createDirectories(folder.resolve("tmp"));
    ProcessBuilder command =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "conformance",
            zip(tests()).toString(),
            "--jobs=1",
            "-v");
    // Which workers inherit, too.
    command.environment().put("JAVA_TOOL_OPTIONS", "-Djava.io.tmpdir=" + temporary);
    Process process = command.redirectError(ProcessBuilder.Redirect.DISCARD).start();
    List<ProcessHandle> workers;
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      assertThat(out.readLine()).startsWith("passed   a/right");
      workers = process.descendants().toList();
      process.destroy();
      process.waitFor();
    }
    for (ProcessHandle worker : workers) {
      worker.destroy();
      worker.onExit().join();
    }
    assertThat(temporary).isEmptyDirectory();
  }

  private Path zip(Path tests) throws IOException {
    Path file = folder.resolve("tests.zip");
    try (Stream<Path> all = Files.walk(tests);
        ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (Path p : all.filter(Files::isRegularFile).sorted().toList()) {
        zip.putNextEntry(new ZipEntry(tests.relativize(p).toString()));
        Files.copy(p, zip);
      }
    }
    return file;
  }

  @Test
  void aPathWithoutTestsIsAFileError() {
    assertThat(CommandRun.of("conformance", folder.resolve("no")).code())
        .isEqualTo(ExitCodes.FILES);
  }
}
