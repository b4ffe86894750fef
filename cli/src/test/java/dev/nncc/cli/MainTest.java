package dev.nncc.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class MainTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int nncc(String... args) {
    return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
  }

  @Test
  void versionIsOneLine() {
    assertThat(nncc("--version")).isEqualTo(ExitCodes.DONE);
    assertThat(out.toString()).startsWith("nncc ").hasLineCount(1);
  }

  @Test
  void helpShowsExamples() {
    assertThat(nncc("--help")).isEqualTo(ExitCodes.DONE);
    assertThat(out.toString()).contains("Usage: nncc", "Examples:", "nncc compile model.onnx");
  }

  @Test
  void aWrongCommandIsAUsageError() {
    assertThat(nncc("compyle")).isEqualTo(ExitCodes.USAGE);
    assertThat(err.toString()).contains("compyle");
  }

  @Test
  void noCommandIsAUsageError() {
    assertThat(nncc()).isEqualTo(ExitCodes.USAGE);
    assertThat(err.toString()).contains("which command?", "nncc --help");
  }
}
