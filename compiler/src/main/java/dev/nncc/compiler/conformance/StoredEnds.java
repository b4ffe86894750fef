package dev.nncc.compiler.conformance;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.nncc.frontend.importing.ImportOptions;
import dev.nncc.graph.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Which values of a model the stored tensors are, where it does not say itself: {@code
 * inputs[].tensor} and {@code outputs[].tensor} of {@code meta.json} (of Caffe networks, {@code
 * outputs[].layer}), or the lines {@code in NAME} and {@code out NAME} of {@code io.txt}. Tests
 * without either begin and end where the model does.
 */
final class StoredEnds {
  private static final List<String> KEYS = List.of("tensor", "layer");

  private StoredEnds() {}

  /** The options, with the ends of the test in a folder. */
  static ImportOptions of(Path folder, ImportOptions options) throws IOException {
    List<String> inputs = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    Path lines = folder.resolve("io.txt");
    Path meta = folder.resolve("meta.json");
    if (Files.isRegularFile(lines)) {
      for (String line : Files.readAllLines(lines)) {
        if (line.startsWith("in ")) {
          inputs.add(line.substring(3).strip());
        } else if (line.startsWith("out ")) {
          outputs.add(line.substring(4).strip());
        }
      }
    } else if (Files.isRegularFile(meta)) {
      try {
        JsonNode facts = JsonMapper.builder().build().readTree(meta.toFile());
        facts.path("inputs").forEach(i -> add(i, inputs));
        facts.path("outputs").forEach(o -> add(o, outputs));
      } catch (JacksonException e) {
        throw new ModelException(meta + " is damaged: " + e.getOriginalMessage(), e);
      }
    }
    ImportOptions cut = inputs.isEmpty() ? options : options.withInputs(inputs);
    return outputs.isEmpty() ? cut : cut.withOutputs(outputs);
  }

  private static void add(JsonNode end, List<String> to) {
    for (String key : KEYS) {
      if (end.hasNonNull(key)) {
        to.add(end.path(key).asText());
        return;
      }
    }
  }
}
