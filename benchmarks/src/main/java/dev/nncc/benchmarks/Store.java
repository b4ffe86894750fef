package dev.nncc.benchmarks;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Records as files, {@code FOLDER/KIND/NAME.json}: a program that is stopped loses no figure, and
 * one model can be measured again without the others.
 */
record Store(Path folder) {
  private static final String ENDING = ".json";

  /** Whole or not at all: where the disk is full the record stays as it was. */
  void put(String kind, String name, Object value) throws IOException {
    Files.createDirectories(folder.resolve(kind));
    Path written = folder.resolve(kind).resolve(name + ".new");
    try {
      JsonMapper.builder()
          .build()
          .writerWithDefaultPrettyPrinter()
          .writeValue(written.toFile(), value);
      Files.move(written, file(kind, name), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(written);
    }
  }

  <T> Optional<T> get(String kind, String name, Class<T> type) throws IOException {
    Path file = file(kind, name);
    return Files.exists(file)
        ? Optional.of(JsonMapper.builder().build().readValue(file.toFile(), type))
        : Optional.empty();
  }

  /** All of a kind; those that {@code order} names come first, as it has them, then by name. */
  <T> List<T> all(String kind, List<String> order, Class<T> type) throws IOException {
    List<String> names = new ArrayList<>();
    if (Files.isDirectory(folder.resolve(kind))) {
      try (Stream<Path> files = Files.list(folder.resolve(kind))) {
        files
            .map(f -> String.valueOf(f.getFileName()))
            .filter(f -> f.endsWith(ENDING))
            .map(f -> f.substring(0, f.length() - ENDING.length()))
            .sorted()
            .forEach(names::add);
      }
    }
    List<T> values = new ArrayList<>();
    for (String name : order) {
      if (names.remove(name)) {
        get(kind, name, type).ifPresent(values::add);
      }
    }
    for (String name : names) {
      get(kind, name, type).ifPresent(values::add);
    }
    return values;
  }

  private Path file(String kind, String name) {
    return folder.resolve(kind).resolve(name + ENDING);
  }
}
