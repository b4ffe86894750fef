package dev.nncc.compiler;

import dev.nncc.codegen.llvm.toolchain.LlvmTarget;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Kernel;
import dev.nncc.tensor.schedule.AutoSchedule;
import dev.nncc.tensor.schedule.Illegal;
import dev.nncc.tensor.text.Printer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Schedules of kernels, each for one processor, by a name made of the kernel's text: the same
 * kernel in another model has the same name. As text:
 *
 * <pre>{@code
 * # nncc tuning 1
 * kernel 0123456789abcdef znver5 # conv [32,16,1,1,16,2,16] [1,16,14,14,16]: 0.401 ms, rule 0.415 ms
 *   split i2 14 -> i2x i2r
 *   parallel p
 * }</pre>
 *
 * Files may be joined: of two entries with one name the later counts. A {@code #} begins a comment.
 *
 * @param entries sorted by name and processor
 */
public record Tuning(Map<String, Entry> entries) {
  /** Of no kernel. */
  public static final Tuning NONE = new Tuning(Map.of());

  private static final String HEAD = "# nncc tuning 1\n";
  private static final String WORD = "kernel ";

  /** Of the hash, in the name of a kernel. */
  private static final int DIGITS = 16;

  public Tuning {
    entries = Collections.unmodifiableMap(new TreeMap<>(entries));
  }

  /**
   * A schedule.
   *
   * @param comment for people: what the kernel is and what was measured
   * @param script the directives, one a line
   */
  public record Entry(String comment, String script) {}

  /** The name of a kernel on a processor. */
  public static String key(Kernel kernel, String cpu) {
    String text = Printer.print(new Kernel("k", kernel.args(), kernel.dims(), kernel.body()));
    try {
      byte[] d = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(d).substring(0, DIGITS) + " " + cpu;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** {@code conv [32,16,1,1,16,2,16] [1,16,14,14,16]}: its name and the shapes of its arguments. */
  public static String shape(Kernel kernel) {
    StringBuilder s = new StringBuilder(kernel.name().replaceAll("^nncc_(v\\d+_)?k\\d+_", ""));
    for (Buffer b : kernel.args()) {
      s.append(' ').append(b.shape().toString().replace(" ", ""));
    }
    return s.toString();
  }

  /** The kernel as it was tuned; empty when it was not, or for a version that made it otherwise. */
  Optional<Kernel> apply(Kernel kernel, LlvmTarget target) {
    Entry e = entries.isEmpty() ? null : entries.get(key(kernel, target.cpu()));
    if (e == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(AutoSchedule.replay(kernel, e.script()));
    } catch (Illegal doesNotFit) {
      return Optional.empty();
    }
  }

  /** Schedules what is tuned as it was tuned and leaves the rest to another. */
  public Parts.Scheduler over(Parts.Scheduler rest) {
    return entries.isEmpty()
        ? rest
        : (kernel, target) -> apply(kernel, target).orElseGet(() -> rest.schedule(kernel, target));
  }

  /** These and others; of two for the same kernel the other's counts. */
  public Tuning and(Tuning other) {
    Map<String, Entry> all = new TreeMap<>(entries);
    all.putAll(other.entries);
    return new Tuning(all);
  }

  /** The text that {@link #parse} reads. */
  public String print() {
    StringBuilder s = new StringBuilder(HEAD);
    entries.forEach(
        (key, e) -> {
          s.append(WORD).append(key);
          if (!e.comment().isEmpty()) {
            s.append(" # ").append(e.comment());
          }
          s.append('\n');
          e.script().lines().forEach(line -> s.append("  ").append(line).append('\n'));
        });
    return s.toString();
  }

  /**
   * Reads a file's text.
   *
   * @throws IllegalArgumentException naming the line that cannot be read
   */
  public static Tuning parse(String text) {
    Map<String, Entry> all = new TreeMap<>();
    List<String> lines = new ArrayList<>(text.lines().toList());
    int at = 0;
    while (at < lines.size()) {
      String line = lines.get(at++);
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      int comment = line.indexOf('#');
      String head = (comment < 0 ? line : line.substring(0, comment)).strip();
      String[] words = head.split(" +");
      if (!line.startsWith(WORD) || words.length != 3) {
        throw new IllegalArgumentException("line " + at + " is no entry: " + line);
      }
      StringBuilder script = new StringBuilder();
      while (at < lines.size() && lines.get(at).startsWith(" ")) {
        script.append(lines.get(at++).strip()).append('\n');
      }
      all.put(
          words[1] + " " + words[2],
          new Entry(comment < 0 ? "" : line.substring(comment + 1).strip(), script.toString()));
    }
    return new Tuning(all);
  }
}
