package dev.nncc.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private final StringWriter err = new StringWriter();

  @Test
  void whatIsQuickSaysNothing() {
    try (Progress progress = new Progress(new PrintWriter(err), false, true, "import")) {
      progress.at("fuse", 1, 2);
      progress.clear();
    }
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void closingTwiceIsFine() {
    Progress progress = new Progress(new PrintWriter(err), true, false, "import");
    progress.close();
    progress.close();
    assertThat(err.toString()).isEmpty();
  }
}
