package dev.nncc.compiler.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * A compiled library on disk, with the description that was written beside it.
 *
 * @param library the shared library
 * @param metadata the source model's own key-value pairs; empty without a description
 * @param description the content of {@code MODEL.json}
 */
public record ModelFolder(
    Path library, Map<String, String> metadata, Optional<JsonNode> description) {

  /**
   * Finds the library that a path names: the file itself, or the only one of a folder.
   *
   * @throws RunException when the folder has none or several, or the description is damaged
   * @throws NoSuchFileException when there is nothing at the path
   */
  public static ModelFolder find(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    Path library = Files.isDirectory(path) ? only(path) : path;
    String file = String.valueOf(library.getFileName());
    String stem = file.replaceFirst("^lib", "").replaceFirst("\\.so$", "");
    Path json = library.resolveSibling(stem + ".json");
    if (!Files.isRegularFile(json)) {
      return new ModelFolder(library, Map.of(), Optional.empty());
    }
    try {
      JsonNode description = JsonMapper.builder().build().readTree(json.toFile());
      Map<String, String> metadata = new LinkedHashMap<>();
      description
          .path("metadata")
          .properties()
          .forEach(e -> metadata.put(e.getKey(), e.getValue().asText()));
      return new ModelFolder(library, metadata, Optional.of(description));
    } catch (com.fasterxml.jackson.core.JacksonException e) {
      throw new RunException(json + " is damaged: " + e.getOriginalMessage(), e);
    }
  }

  /** The type of its products' factors, as {@code --precision} names it. */
  public String precision() {
    return description.map(d -> d.path("precision").asText("fp32")).orElse("fp32");
  }

  /** Launches in a run of a profile; empty without a description. */
  public OptionalInt launches(int profile) {
    JsonNode found =
        description
            .map(d -> d.has("profiles") ? d.path("profiles").path(profile) : d)
            .map(d -> d.path("launches"))
            .orElse(MissingNode.getInstance());
    return found.isInt() ? OptionalInt.of(found.asInt()) : OptionalInt.empty();
  }

  private static Path only(Path folder) throws IOException {
    List<Path> libraries;
    try (Stream<Path> files = Files.list(folder)) {
      libraries = files.filter(p -> p.toString().endsWith(".so")).sorted().toList();
    }
    if (libraries.size() != 1) {
      throw new RunException(
          libraries.isEmpty()
              ? folder + " holds no compiled library (lib*.so)"
              : folder + " holds several libraries; name one: " + libraries);
    }
    return libraries.get(0);
  }
}
