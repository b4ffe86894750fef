package dev.nncc.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code --memory-limit} and {@code --arena}. */
class MemoryFlagsTest {
  private static final Path MODEL = Path.of("../models/digits/digits.onnx");

  @TempDir Path folder;

  @Test
  void bytesAreReadAsUsersWriteThem() {
    assertThat(ByteCount.parse("1000").bytes()).isEqualTo(1000);
    assertThat(ByteCount.parse("64M").bytes()).isEqualTo(64L << 20);
    assertThat(ByteCount.parse("64MiB").bytes()).isEqualTo(64L << 20);
    assertThat(ByteCount.parse("64MB").bytes()).isEqualTo(64_000_000);
    assertThat(ByteCount.parse(" 1.5g").bytes()).isEqualTo(3L << 29);
    assertThat(ByteCount.parse("2 kb").bytes()).isEqualTo(2000);
    for (String wrong : new String[] {"", "M", "12X", "-1", "1e9", "1,5G"}) {
      assertThatThrownBy(() -> ByteCount.parse(wrong))
          .as(wrong)
          .isInstanceOf(CommandLine.TypeConversionException.class)
          .hasMessageContaining("write 64M, 1.5G or 800MB");
    }
  }

  @Test
  void aLimitThatIsTooLowSaysWhatIsNeeded() {
    CommandRun run =
        CommandRun.of("compile", MODEL, "-o", folder.resolve("out"), "--memory-limit", "1k");
    assertThat(run.code()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.err())
        .containsPattern("digits needs [0-9.]+ MB \\([0-9]+ bytes\\), more than the limit")
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
