package dev.nncc.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Writes what {@code --json FILE} asks for. */
final class JsonFiles {
  private JsonFiles() {}

  /** Nothing without a file. */
  static void write(@Nullable Path file, ObjectNode content) throws IOException {
    if (file != null) {
      String text =
          JsonMapper.builder().build().writerWithDefaultPrettyPrinter().writeValueAsString(content);
      OutputFiles.writeWhole(file, part -> Files.writeString(part, text + "\n"));
    }
  }
}
