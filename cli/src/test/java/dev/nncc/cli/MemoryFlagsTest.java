package dev.nncc.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --memory-limit} and {@code --arena}. */
class MemoryFlagsTest {
  private static final Path MODEL = Path.of("../models/digits/digits.onnx");

  @TempDir Path folder;

  @Test
  void aLimitThatIsTooLowSaysWhatIsNeeded() {
    CommandRun run =
        CommandRun.of("compile", MODEL, "-o", folder.resolve("out"), "--memory-limit", "1k");
    assertThat(run.code()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.err())
        .containsPattern("digits needs [0-9.]+ MB, more than the limit of 1024 bytes")
        .containsPattern("weights [0-9.]+ MB, arena [0-9.]+ MB")
        .contains("--arena small");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void aLimitThatIsHighEnoughChangesNothing() {
    CommandRun run =
        CommandRun.of(
            "compile",
            MODEL,
            "-o",
            folder.resolve("out"),
            "--arena",
            "small",
            "--memory-limit",
            "100MB",
            "--stop-after",
            "plan");
    assertThat(run.code()).as(run.err()).isZero();
  }
}
