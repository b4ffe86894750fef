package dev.nncc.maven;

import dev.nncc.compiler.Version;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * All that decides what a compilation makes, as lines of text: the version of nncc, the options,
 * and the content of each file. Kept beside what was made, it tells whether that still holds.
 */
record Fingerprint(List<String> lines) {
  private static final String FILE = "file ";

  Fingerprint {
    lines = List.copyOf(lines);
  }

  /**
   * The fingerprint as things are now.
   *
   * @param options as lines
   * @param files whose content counts
   * @param base what names are relative to, so that a project may move
   */
  static Fingerprint of(List<String> options, List<Path> files, Path base) throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add("nncc " + Version.TEXT);
    lines.addAll(options);
    for (Path file : files) {
      lines.add(FILE + sha256(file) + " " + name(file, base));
    }
    return new Fingerprint(lines);
  }

  /** A file's name as it is kept. */
  static Path name(Path file, Path base) {
    return file.startsWith(base) ? base.relativize(file) : file;
  }

  /**
   * Why what was made no longer holds: the first thing that is not as it was. Empty where it does.
   *
   * @param kept where {@link #write} put the fingerprint
   * @param options as lines, now
   * @param base what names are relative to
   */
  static Optional<String> change(Path kept, List<String> options, Path base) throws IOException {
    if (!Files.isRegularFile(kept)) {
      return Optional.of("it is new");
    }
    List<String> before = Files.readAllLines(kept);
    List<Path> files = new ArrayList<>();
    for (String line : before) {
      if (line.startsWith(FILE)) {
        Path file = base.resolve(fileName(line));
        if (!Files.isRegularFile(file)) {
          return Optional.of(file.getFileName() + " is gone");
        }
        files.add(file);
      }
    }
    return difference(of(options, files, base).lines(), before);
  }

  private static Optional<String> difference(List<String> now, List<String> before) {
    for (String line : now) {
      if (!before.contains(line)) {
        String word = firstWord(line);
        return Optional.of(
            line.startsWith(FILE)
                ? Path.of(fileName(line)).getFileName() + " has changed"
                : before.stream()
                    .filter(old -> firstWord(old).equals(word) && !now.contains(old))
                    .findFirst()
                    .map(old -> brief(line) + ", before " + brief(old))
                    .orElse("now " + brief(line)));
      }
    }
    return before.stream()
        .filter(line -> !now.contains(line))
        .findFirst()
        .map(line -> "no longer " + brief(line))
        .or(() -> now.equals(before) ? Optional.empty() : Optional.of("options change places"));
  }

  private static String firstWord(String line) {
    return line.substring(0, Math.max(0, line.indexOf(' ')));
  }

  /** Three words: what follows are the instruction sets of a processor. */
  private static String brief(String line) {
    return line.startsWith("processor ")
        ? Arrays.stream(line.split(" ", -1)).limit(3).collect(Collectors.joining(" "))
        : line;
  }

  private static String fileName(String line) {
    return line.substring(line.indexOf(' ', FILE.length()) + 1);
  }

  void write(Path file) throws IOException {
    Files.write(file, lines);
  }

  static String sha256(Path file) throws IOException {
    try (DigestInputStream in =
        new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
      in.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(in.getMessageDigest().digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
