package dev.nncc.cli;

import dev.nncc.compiler.WholeFile;
import dev.nncc.compiler.run.RunException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What is wrong with a place that shall be written. */
final class OutputFiles {
  private OutputFiles() {}

  /** Something that writes a file or a folder. */
  interface Writing<T> {
    T write() throws IOException;
  }

  /**
   * Writes.
   *
   * @throws RunException that names the place, if the system does not let it be written
   */
  static <T> T write(Path to, Writing<T> writing) throws IOException {
    try {
      return writing.write();
    } catch (FileSystemException e) {
      throw new RunException(to + " cannot be written: " + reason(to, e), e);
    }
  }

  /**
   * Writes a file that is there whole or as it was before.
   *
   * @throws RunException that names the file, if it cannot be written
   */
  static void writeWhole(Path to, WholeFile.Writer writer) throws IOException {
    write(
        to,
        () -> {
          Path parent = to.toAbsolutePath().getParent();
          if (parent != null && !Files.exists(parent)) {
            throw new NoSuchFileException(to.toString());
          }
          try {
            WholeFile.write(to, writer);
          } catch (FileSystemException e) {
            throw e;
          } catch (IOException e) { // such as a full disk, of which Java does not say where
            throw new FileSystemException(to.toString(), null, e.getMessage());
          }
          return to;
        });
  }

  /**
   * Looks whether a folder can be filled, before there is work; it need not be there yet.
   *
   * @throws RunException if it cannot
   */
  static void requireFolder(Path folder) throws IOException {
    Path there = folder.toAbsolutePath();
    while (there.getParent() != null && !Files.exists(there)) {
      there = there.getParent();
    }
    if (!Files.isDirectory(there)) {
      throw new RunException(folder + " cannot be written: " + there + " is no folder");
    }
    Path existing = there;
    write(
        folder,
        () -> {
          Files.delete(Files.createTempDirectory(existing, ".nncc-"));
          return existing;
        });
  }

  /**
   * Looks whether a file can be written, before there is work; what it holds stays.
   *
   * @throws RunException if it cannot
   */
  static void requireFile(Path file) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    if (Files.isDirectory(file)) {
      throw new RunException(file + " cannot be written: it is a folder");
    }
    boolean there = Files.exists(file);
    write(
        file,
        () -> {
          if (!Files.isWritable(there || parent == null ? file : parent)) {
            throw there || Files.exists(parent)
                ? new AccessDeniedException(file.toString())
                : new NoSuchFileException(file.toString());
          }
          return file;
        });
  }

  private static String reason(Path to, FileSystemException e) {
    Path parent = to.toAbsolutePath().getParent();
    if (e instanceof AccessDeniedException) {
      return "no permission";
    }
    if (e instanceof NoSuchFileException) {
      boolean missing = parent != null && !Files.exists(parent) && !e.getFile().contains(".nncc-");
      return missing ? "there is no folder " + parent : "the file system takes no new files";
    }
    return e.getReason() == null ? Failures.text(e) : e.getReason();
  }
}
