package dev.nncc.benchmarks;

import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What to measure and how.
 *
 * @param models names; empty: all of the command
 * @param seconds of measuring each side, warm-up not counted
 * @param minutes after which no further model is begun
 * @param other another checkout, to compare with
 * @param root of the checkout
 * @param work folder for models, libraries and stored figures
 */
record Arguments(
    Command command,
    List<String> models,
    List<Integer> threads,
    double seconds,
    double minutes,
    boolean resume,
    String date,
    Path data,
    Path other,
    Path root,
    Path work,
    Path results) {
  /** What can be measured. */
  enum Command {
    TABLE,
    REAL,
    COMPILE,
    LADDER,
    BEFORE,
    PEAK,
    CONVOLUTIONS,
    ALGORITHMS,
    WRITE
  }

  private static final List<String> NAMES =
      List.of(
          "--models",
          "--threads",
          "--seconds",
          "--minutes",
          "--date",
          "--data",
          "--checkout",
          "--root",
          "--work",
          "--results");

  /**
   * @throws IllegalArgumentException saying which word is wrong
   */
  static Arguments parse(String... words) {
    if (words.length == 0) {
      throw new IllegalArgumentException("no command");
    }
    Command command = command(words[0]);
    Map<String, String> given = new TreeMap<>();
    boolean resume = false;
    for (int i = 1; i < words.length; i++) {
      if (words[i].equals("--resume")) {
        resume = true;
      } else if (NAMES.contains(words[i]) && i + 1 < words.length) {
        given.put(words[i], words[++i]);
      } else {
        throw new IllegalArgumentException(words[i] + " is no option, or has no value");
      }
    }
    Path root = Path.of(given.getOrDefault("--root", ""));
    Path module = root.resolve("benchmarks");
    return new Arguments(
        command,
        list(given.getOrDefault("--models", "")),
        list(given.getOrDefault("--threads", "1,2")).stream().map(Integer::valueOf).toList(),
        Double.parseDouble(given.getOrDefault("--seconds", "3")),
        Double.parseDouble(given.getOrDefault("--minutes", "12")),
        resume,
        given.getOrDefault("--date", LocalDate.now(java.time.ZoneId.systemDefault()).toString()),
        path(given, "--data", root.resolve("../shared/data/onnx-models")),
        path(given, "--checkout", root.resolve("../before")),
        root,
        path(given, "--work", module.resolve("target/work")),
        path(given, "--results", module.resolve("RESULTS.md")));
  }

  private static Command command(String word) {
    for (Command c : Command.values()) {
      if (c.name().equalsIgnoreCase(word)) {
        return c;
      }
    }
    throw new IllegalArgumentException(word + " is no command");
  }

  private static Path path(Map<String, String> given, String name, Path otherwise) {
    String text = given.get(name);
    return text == null ? otherwise : Path.of(text);
  }

  private static List<String> list(String text) {
    return Arrays.stream(text.split(",")).filter(word -> !word.isEmpty()).toList();
  }
}
