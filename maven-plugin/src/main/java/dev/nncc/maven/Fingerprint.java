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
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

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
   */
  static Fingerprint of(List<String> options, List<Path> files) throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add("nncc " + Version.TEXT);
    lines.addAll(options);
    for (Path file : files) {
      lines.add(FILE + sha256(file) + " " + file);
    }
    return new Fingerprint(lines);
  }

  /**
   * Why what was made no longer holds: the first thing that is not as it was. Empty where it does.
   *
   * @param kept where {@link #write} put the fingerprint
   * @param options as lines, now
   */
  static Optional<String> change(Path kept, List<String> options) throws IOException {
    if (!Files.isRegularFile(kept)) {
      return Optional.of("it is new");
    }
    List<String> before = Files.readAllLines(kept);
    List<Path> files = new ArrayList<>();
    for (String line : before) {
      if (line.startsWith(FILE)) {
        Path file = Path.of(line.substring(line.indexOf(' ', FILE.length()) + 1));
        if (!Files.isRegularFile(file)) {
          return Optional.of(file.getFileName() + " is gone");
        }
        files.add(file);
      }
    }
    List<String> now = of(options, files).lines();
    for (int i = 0; i < Math.max(now.size(), before.size()); i++) {
      String is = i < now.size() ? now.get(i) : "";
      String was = i < before.size() ? before.get(i) : "";
      if (!is.equals(was)) {
        return Optional.of(text(is, was));
      }
    }
    return Optional.empty();
  }

  private static String text(String is, String was) {
    if (is.startsWith(FILE) && was.startsWith(FILE)) {
      return Path.of(is.substring(is.indexOf(' ', FILE.length()) + 1)).getFileName()
          + " has changed";
    }
    return was.isEmpty() || is.startsWith("--") && !was.startsWith("--")
        ? "now " + is
        : is.isEmpty() || was.startsWith("--") && !is.startsWith("--")
            ? "no longer " + was
            : is + ", before " + was;
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
