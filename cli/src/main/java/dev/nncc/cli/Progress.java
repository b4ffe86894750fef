package dev.nncc.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Says on the error stream how far something is, once it has taken two seconds: a bar on a
 * terminal, a line each ten seconds elsewhere. Draws by itself, also while nothing is reported.
 * Thread-safe.
 */
final class Progress implements AutoCloseable {
  private static final long FIRST_MILLIS = 2_000;
  private static final long REDRAW_MILLIS = 200;
  private static final long LINE_MILLIS = 10_000;
  private static final int WIDTH = 24;

  private final PrintWriter err;
  private final boolean terminal;
  private final long start = System.nanoTime();
  private final ScheduledExecutorService timer;
  private String doing;
  private int done;
  private int total;
  private boolean drawn;

  /**
   * @param doing what begins now
   */
  Progress(PrintWriter err, boolean quiet, boolean terminal, String doing) {
    this.err = err;
    this.terminal = terminal;
    this.doing = doing;
    timer =
        Executors.newSingleThreadScheduledExecutor(
            work -> {
              Thread thread = new Thread(work, "progress");
              thread.setDaemon(true);
              return thread;
            });
    if (!quiet) {
      long period = terminal ? REDRAW_MILLIS : LINE_MILLIS;
      var unused =
          timer.scheduleAtFixedRate(this::draw, FIRST_MILLIS, period, TimeUnit.MILLISECONDS);
    }
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
  synchronized void at(String now, int part, int whole) {
    doing = now;
    done = part;
    total = whole;
  }

  private synchronized void draw() {
    long seconds = (System.nanoTime() - start) / 1_000_000_000;
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

  /** Makes room for a line of output; the bar comes back by itself. */
  synchronized void clear() {
    if (drawn) {
      err.print("\r\033[K");
      err.flush();
      drawn = false;
    }
  }

  /** Ends drawing and clears the bar. A second call does nothing. */
  @Override
  public void close() {
    timer.shutdownNow();
    clear();
  }
}
