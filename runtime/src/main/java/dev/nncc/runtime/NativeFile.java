package dev.nncc.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Binds the native methods of this class loader's {@link Native}. Java gives the functions of a
 * file to one class loader alone, while applications in one server, or one that is deployed again,
 * may load the same model: then the file gets a second name, or where it cannot, a copy.
 */
final class NativeFile {
  private NativeFile() {}

  static void load(Path file) {
    try {
      System.load(file.toString());
    } catch (UnsatisfiedLinkError e) {
      if (!String.valueOf(e.getMessage()).contains("already loaded")) {
        throw e;
      }
      try {
        loadAs(file);
      } catch (IOException io) {
        e.addSuppressed(io);
        throw e;
      }
    }
  }

  /** Once it is loaded no name is needed any more. */
  private static void loadAs(Path file) throws IOException {
    Path folder = Files.createTempDirectory("nncc-");
    Path other = folder.resolve(String.valueOf(file.getFileName()));
    try {
      linkOrCopy(file, other);
      System.load(other.toString());
    } finally {
      Files.deleteIfExists(other);
      Files.delete(folder);
    }
  }

  private static void linkOrCopy(Path from, Path to) throws IOException {
    try {
      Files.createLink(to, from);
    } catch (IOException | UnsupportedOperationException otherFileSystem) {
      Files.copy(from, to);
    }
  }
}
