package dev.nncc.codegen.llvm.link;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A folder that goes with its content, also when the process is ended meanwhile (Ctrl-C). */
public final class TemporaryFolder implements AutoCloseable {
  private static final String PREFIX = "nncc-";

  /** Writers go on while the process ends, until there is no folder any more. */
  private static final int TRIES = 20;

  private final Path path;
  private final Thread atEnd;

  private TemporaryFolder(Path path) {
    this.path = path;
    atEnd = new Thread(this::deleteAtEnd, "delete " + path);
    Runtime.getRuntime().addShutdownHook(atEnd);
  }

  /** Among the system's temporary files. */
  public static TemporaryFolder create() throws IOException {
    return new TemporaryFolder(Files.createTempDirectory(PREFIX));
  }

  /** In a folder, under a name that begins with a dot. */
  public static TemporaryFolder in(Path folder) throws IOException {
    return new TemporaryFolder(Files.createTempDirectory(folder, "." + PREFIX));
  }

  public Path path() {
    return path;
  }

  /** Moves a file to its place, where it is whole at once and replaces another. */
  public static void move(Path file, Path to) throws IOException {
    try {
      Files.move(file, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(file, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      Runtime.getRuntime().removeShutdownHook(atEnd);
    } catch (IllegalStateException ending) {
      return; // the hook runs already
    }
    delete();
  }

  private void deleteAtEnd() {
    for (int i = 0; i < TRIES && Files.exists(path); i++) {
      try {
        delete();
      } catch (IOException e) {
        // tried again: somebody still writes
      }
    }
  }

  private void delete() throws IOException {
    List<Path> all;
    try (Stream<Path> files = Files.walk(path)) {
      all = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path p : all) {
      Files.delete(p);
    }
  }
}
