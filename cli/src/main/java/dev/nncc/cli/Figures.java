package dev.nncc.cli;

import dev.nncc.compiler.ByteCount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Numbers as people read them. */
final class Figures {
  private Figures() {}

  /** {@code 12.3 MB}; powers of 1000. */
  static String bytes(double n) {
    return new ByteCount(Math.round(n)).text();
  }

  /** {@code 4.1 GFLOP}. */
  static String flops(double n) {
    return n < 1000 ? String.format(Locale.ROOT, "%.0f FLOP", n) : ByteCount.scaled(n, "FLOP");
  }

  /** With enough digits to compare: {@code 0.123 ms}. */
  static String milliseconds(double ms) {
    return String.format(Locale.ROOT, ms < 10 ? "%.3f ms" : ms < 100 ? "%.2f ms" : "%.1f ms", ms);
  }

  static String seconds(double s) {
    return String.format(Locale.ROOT, s < 10 ? "%.2f s" : "%.1f s", s);
  }

  /** The most memory that this process has used, in bytes; 0 where the system does not say. */
  static long peakMemory() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("VmHWM:")) {
          return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
        }
      }
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
    return 0;
  }
}
