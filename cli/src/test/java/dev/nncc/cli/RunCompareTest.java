package dev.nncc.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code run --compare} takes. */
class RunCompareTest {
  private static final Path MODEL = Path.of("../models/digits/digits.onnx");

  @TempDir static Path folder;

  private static Path out;
  private static Path results;

  @BeforeAll
  static void compile() {
    out = folder.resolve("out");
    results = folder.resolve("results");
    assertThat(CommandRun.of("compile", MODEL, "-o", out, "-q").code()).isZero();
    assertThat(CommandRun.of("run", out, "--seed", 7, "--save", results).code()).isZero();
  }

  private static CommandRun compared(Path library, Object seed, Path with) {
    return CommandRun.of("run", library, "--seed", seed, "--compare", with);
  }

  @Test
  void theOnlyOutputIsComparedWithAFile() {
    Path file = results.resolve("output_0.npy");
    CommandRun same = compared(out, 7, file);
    assertThat(same.out()).startsWith("agrees   probabilities: relative L2 0.0");
    assertThat(same.code()).isZero();
    CommandRun other = compared(out, 8, file);
    assertThat(other.out()).startsWith("differs  probabilities: ");
    assertThat(other.code()).isEqualTo(ExitCodes.CHECK_FAILED);
    assertThat(CommandRun.of("run", out, "--compare", file).err())
        .contains("input 'image' (f32[1,1,28,28]) has no file", "--seed");
  }

  @Test
  void aFileIsTooFewForSeveralOutputs() {
    Path model = folder.resolve("lstm.onnx");
    assertThat(
            CommandRun.of(
                    "zoo",
                    "lstm",
                    "-o",
                    model,
                    "--dim",
                    "hidden=8",
                    "--dim",
                    "input=8",
                    "--dim",
                    "steps=2")
                .code())
        .isZero();
    Path library = folder.resolve("lstm");
    assertThat(CommandRun.of("compile", model, "-o", library, "-q").code()).isZero();
    Path file = results.resolve("output_0.npy");
    CommandRun run = compared(library, 1, file);
    assertThat(run.err())
        .isEqualTo(
            "nncc: "
                + file
                + " is one file, and there are 3 outputs; --compare takes a folder with"
                + " output_<i>.npy or .pb then\n");
    assertThat(run.code()).isEqualTo(ExitCodes.FILES);
  }

  @Test
  void whatIsNotThereIsSaidBeforeTheRun() throws IOException {
    Path none = folder.resolve("none");
    assertThat(compared(out, 7, none).err()).isEqualTo("nncc: no such file: " + none + "\n");
    Path text = Files.writeString(folder.resolve("x.npy"), "text");
    CommandRun run = compared(out, 7, text);
    assertThat(run.err()).startsWith("nncc: ").contains("x.npy");
    assertThat(run.code()).isEqualTo(ExitCodes.FILES);
    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertThat(compared(out, 7, empty).err()).contains("empty has no output_<i>.npy or .pb");
  }
}
