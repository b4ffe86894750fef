package dev.nncc.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.util.Optional;

/** Remembers why something could not be written, which a {@link PrintWriter} keeps to itself. */
final class StandardOutput extends FilterOutputStream {
  private Optional<IOException> failure = Optional.empty();

  StandardOutput(OutputStream to) {
    super(to);
  }

  @Override
  public void write(byte[] bytes, int from, int count) throws IOException {
    try {
      out.write(bytes, from, count);
    } catch (IOException e) {
      failure = failure.or(() -> Optional.of(e));
      throw e;
    }
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  /**
   * The exit code of a command whose output went here: a reader that has seen enough ({@code |
   * head}) is no failure, a full disk is.
   */
  int finished(int code, PrintWriter err) {
    if (code != ExitCodes.DONE
        || failure.isEmpty()
        || "Broken pipe".equals(failure.get().getMessage())) {
      return code;
    }
    err.println("nncc: the output cannot be written: " + failure.get().getMessage());
    return ExitCodes.FILES;
  }
}
