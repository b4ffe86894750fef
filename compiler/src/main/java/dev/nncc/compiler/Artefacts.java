package dev.nncc.compiler;

import dev.nncc.codegen.llvm.link.TemporaryFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The folder of a compiled model: written under a temporary name beside it, then moved into place
 * file by file, so that nothing half-made is ever seen.
 */
final class Artefacts {
  private final Path folder;
  private final List<Path> files = new ArrayList<>();

  Artefacts(Path folder) {
    this.folder = folder;
  }

  /** Fills a temporary folder. */
  interface Writer {
    void write(Path temporary) throws IOException;
  }

  void write(Writer writer) throws IOException {
    Path absolute = folder.toAbsolutePath();
    Path parent = absolute.getParent() == null ? absolute : absolute.getParent();
    Files.createDirectories(parent);
    try (TemporaryFolder temporary = TemporaryFolder.in(parent)) {
      writer.write(temporary.path());
      Files.createDirectories(absolute);
      for (Path f : list(temporary.path())) {
        TemporaryFolder.move(f, absolute.resolve(f.getFileName().toString()));
        files.add(folder.resolve(f.getFileName().toString()));
      }
    }
  }

  List<Path> files() {
    return files;
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> s = Files.list(folder)) {
      return s.sorted().toList();
    }
  }

  /**
   * The file's name without its last ending, with everything but letters, digits, '_', '-' and '.'
   * replaced.
   */
  static String stem(Path model) {
    String file = model.getFileName().toString();
    int dot = file.lastIndexOf('.');
    String stem = plain(dot > 0 ? file.substring(0, dot) : file);
    return stem.isEmpty() ? "model" : stem;
  }

  /** A text as part of a file's name. */
  static String plain(String text) {
    return text.replaceAll("[^A-Za-z0-9_.-]", "_");
  }
}
