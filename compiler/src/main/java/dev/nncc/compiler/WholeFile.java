package dev.nncc.compiler;

import dev.nncc.codegen.llvm.link.TemporaryFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Objects;

/** Files that are there whole or not at all, also when the process is ended meanwhile (Ctrl-C). */
public final class WholeFile {
  private WholeFile() {}

  /** Writes a file. */
  public interface Writer {
    void write(Path file) throws IOException;
  }

  /**
   * Writes in a temporary folder beside the file, then moves it into place. Folders are created;
   * where a link leads is what is replaced; what is no file (/dev/stdout, a link to nothing) is
   * written as it is, and so is a file in a folder that takes no other.
   */
  public static void write(Path file, Writer writer) throws IOException {
    boolean there = Files.exists(file, LinkOption.NOFOLLOW_LINKS);
    if (there && !Files.isRegularFile(file)) {
      writer.write(file);
      return;
    }
    Path to = there ? file.toRealPath() : file.toAbsolutePath();
    Path folder = Objects.requireNonNullElse(to.getParent(), to);
    if (there && !Files.isWritable(folder)) {
      writer.write(to);
      return;
    }
    Files.createDirectories(folder);
    try (TemporaryFolder temporary = TemporaryFolder.in(folder)) {
      Path part = temporary.path().resolve("part");
      writer.write(part);
      TemporaryFolder.move(part, to);
    }
  }
}
