package dev.nncc.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class StandardOutputTest {
  private final StringWriter err = new StringWriter();

  /** What a command ends with whose output goes where nothing can be written for that reason. */
  private int ended(int code, String reason) {
    OutputStream broken =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException(reason);
          }
        };
    StandardOutput to = new StandardOutput(broken);
    new PrintWriter(to, true, StandardCharsets.UTF_8).println("text");
    return to.finished(code, new PrintWriter(err, true));
  }

  @Test
  void outputThatIsLostIsAFailure() {
    assertThat(ended(ExitCodes.DONE, "No space left on device")).isEqualTo(ExitCodes.FILES);
    assertThat(err.toString())
        .isEqualTo("nncc: the output cannot be written: No space left on device\n");
  }

  @Test
  void aReaderMayHaveSeenEnough() {
    assertThat(ended(ExitCodes.DONE, "Broken pipe")).isEqualTo(ExitCodes.DONE);
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void anotherFailureWasSaidAlready() {
    assertThat(ended(ExitCodes.MODEL, "No space left on device")).isEqualTo(ExitCodes.MODEL);
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void textArrivesAsItIs() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    StandardOutput to = new StandardOutput(bytes);
    new PrintWriter(to, true, StandardCharsets.UTF_8).println("grüße");
    assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo("grüße\n");
    assertThat(to.finished(ExitCodes.DONE, new PrintWriter(err, true))).isZero();
  }
}
