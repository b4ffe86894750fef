package dev.nncc.compiler.conformance;

import java.util.ArrayList;
import java.util.List;

/** What is worth telling of a dead process's last words. */
final class CrashText {
  private static final int LONGEST = 300;

  private CrashText() {}

  /** One line with a leading {@code ": "}, or nothing. */
  static String of(String errors) {
    List<String> lines = new ArrayList<>();
    boolean frame = false;
    for (String line : errors.split("\n", -1)) {
      String text = line.replaceFirst("^#\\s*", "").strip();
      boolean signal = text.startsWith("SIG") || text.contains("Internal Error");
      if (signal || frame || text.startsWith("LLVM ERROR") || text.contains("OutOfMemoryError")) {
        lines.add(text.replaceFirst(" at pc=.*", ""));
      }
      frame = text.startsWith("Problematic frame");
    }
    if (lines.isEmpty()) {
      errors
          .lines()
          .map(String::strip)
          .filter(l -> !l.isEmpty())
          .reduce((a, b) -> b)
          .ifPresent(lines::add);
    }
    String all = String.join("; ", lines);
    return all.isEmpty() ? "" : ": " + all.substring(0, Math.min(LONGEST, all.length()));
  }
}
