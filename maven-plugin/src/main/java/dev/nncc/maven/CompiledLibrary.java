package dev.nncc.maven;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nncc.compiler.run.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A model compiled for one machine.
 *
 * @param platform {@code linux-x86_64}
 * @param sha256 of the library
 * @param description what the compiler says of it, {@code MODEL.json}
 */
record CompiledLibrary(String platform, Path library, String sha256, JsonNode description) {
  private static final String HASH = "library.sha256";

  /** Writes the hash of the folder's library beside it: the folder is complete. */
  static void seal(Path folder) throws IOException {
    Path library = library(folder).orElseThrow();
    Files.writeString(folder.resolve(HASH), Fingerprint.sha256(library));
  }

  /** What a folder holds, if it is complete. */
  static Optional<CompiledLibrary> find(Path folder, String platform) throws IOException {
    Path hash = folder.resolve(HASH);
    Optional<Path> library = library(folder);
    if (library.isEmpty() || !Files.isRegularFile(hash)) {
      return Optional.empty();
    }
    ModelFolder found = ModelFolder.find(library.get());
    return found
        .description()
        .map(d -> new CompiledLibrary(platform, found.library(), text(hash), d));
  }

  private static String text(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static Optional<Path> library(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(f -> f.toString().endsWith(".so")).findFirst();
    }
  }
}
