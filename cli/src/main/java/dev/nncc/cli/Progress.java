package dev.nncc.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Says on the error stream how far something is, once it has taken two seconds: a bar on a
 * terminal, a line each ten seconds elsewhere. Thread-safe.
 */
final class Progress implements AutoCloseable {
  private static final long FIRST = 2_000_000_000L;
  private static final long REDRAW = 100_000_000L;
  private static final long LINE = 10_000_000_000L;
  private static final int WIDTH = 24;

  private final PrintWriter err;
  private final boolean quiet;
  private final boolean terminal;
  private final long start = System.nanoTime();
  private long next = start + FIRST;
  private boolean drawn;

  Progress(PrintWriter err, boolean quiet, boolean terminal) {
    this.err = err;
    this.quiet = quiet;
    this.terminal = terminal;
  }

  /** Whether the error stream of this process is a terminal. */
  static boolean isTerminal() {
    try {
      String to = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return to.startsWith("/dev/pts/") || to.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  /** {@code done} of {@code total} of what {@code doing} names; a total of 0 is unknown. */
  synchronized void at(String doing, int done, int total) {
    long now = System.nanoTime();
    if (quiet || now < next) {
      return;
    }
    next = now + (terminal ? REDRAW : LINE);
    long seconds = (now - start) / 1_000_000_000;
    String count = total > 0 ? " " + done + "/" + total : "";
    if (terminal) {
      int full = total > 0 ? WIDTH * done / total : 0;
      String bar = "#".repeat(full) + ".".repeat(WIDTH - full);
      err.print(String.format(Locale.ROOT, "\r\033[K[%s] %s%s, %d s", bar, doing, count, seconds));
      err.flush();
      drawn = true;
    } else {
      err.println(doing + count + ", " + seconds + " s");
    }
  }

  /** Clears the bar. */
  @Override
  public synchronized void close() {
    if (drawn) {
      err.print("\r\033[K");
      err.flush();
      drawn = false;
    }
  }
}
