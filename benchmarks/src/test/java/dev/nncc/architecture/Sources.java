package dev.nncc.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The project's own source files, found from whichever module's folder the tests run in. */
record Sources(Path root, List<Path> modules) {

  static Sources find() {
    Path here = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(here.resolve(".mvn"))) {
      here = here.getParent();
      if (here == null) {
        throw new IllegalStateException("no .mvn folder above " + Path.of("").toAbsolutePath());
      }
    }
    Path root = here;
    try (Stream<Path> children = Files.list(root)) {
      List<Path> modules =
          children.filter(m -> Files.exists(m.resolve("pom.xml"))).sorted().toList();
      return new Sources(root, modules);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Files below {@code MODULE/folder} of each module whose name ends in one of the suffixes. */
  List<Path> files(String folder, String... suffixes) {
    return modules.stream()
        .map(module -> module.resolve(folder))
        .filter(Files::isDirectory)
        .flatMap(start -> walk(start, List.of(suffixes)).stream())
        .toList();
  }

  String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path relative(Path file) {
    return root.relativize(file);
  }

  private static List<Path> walk(Path start, List<String> suffixes) {
    try (Stream<Path> paths = Files.walk(start)) {
      return paths
          .filter(Files::isRegularFile)
          .filter(file -> suffixes.stream().anyMatch(file.toString()::endsWith))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
