package dev.nncc.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nncc.compiler.CompileOptions;
import dev.nncc.compiler.Tuning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** {@code --tuning} of commands that do not search. */
class TuningFlagTest {
  private static final Path MODEL = Path.of("../models/digits/digits.onnx");

  @TempDir Path folder;

  private static CompileOptions applied(String... words) throws IOException {
    TuningFlag flag = new TuningFlag();
    new CommandLine(CommandLine.Model.CommandSpec.forAnnotatedObject(flag)).parseArgs(words);
    return flag.apply(CompileOptions.DEFAULT);
  }

  @Test
  void theFilesSchedulesAreTheOptions() throws IOException {
    Tuning kept =
        new Tuning(Map.of("conv_0123456789abcdef znver5", new Tuning.Entry("", "unroll a\n")));
    Path file = Files.writeString(folder.resolve("a.tuning"), kept.print());
    assertThat(applied("--tuning", file.toString()).kernels().tuning()).isEqualTo(kept);
    assertThat(applied()).isEqualTo(CompileOptions.DEFAULT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bench", "report", "verify", "compile"})
  void aFileThatIsNoneIsSaid(String command) throws IOException {
    Path file = Files.writeString(folder.resolve("a.tuning"), "kernel\n");
    CommandRun bad = CommandRun.of(command, MODEL, "--tuning", file, "-q");
    assertThat(bad.err()).isEqualTo("nncc: " + file + ": line 1 is no entry: kernel\n");
    assertThat(bad.code()).isEqualTo(ExitCodes.FILES);
    Path none = folder.resolve("none.tuning");
    CommandRun absent = CommandRun.of(command, MODEL, "--tuning", none, "-q");
    assertThat(absent.err()).isEqualTo("nncc: no such file: " + none + "\n");
  }
}
