package dev.nncc.compiler.conformance;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.nncc.compiler.run.Tolerance;
import dev.nncc.graph.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code meta.json} records of a model folder: {@code inputs[].used_shape} and {@code
 * outputs[].rel_diff_ort_optimised}. An output of which no difference is recorded is one run of
 * another program. Nothing where there is no such file.
 *
 * @param shapes of the stored inputs, by name
 * @param tolerances of the outputs, in order
 */
record StoredFacts(Map<String, List<Long>> shapes, List<Tolerance> tolerances) {
  static StoredFacts read(Path folder) throws IOException {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    List<Tolerance> tolerances = new ArrayList<>();
    Path file = folder.resolve("meta.json");
    if (Files.isRegularFile(file)) {
      JsonNode meta;
      try {
        meta = JsonMapper.builder().build().readTree(file.toFile());
      } catch (JacksonException e) {
        throw new ModelException(file + " is damaged: " + e.getOriginalMessage(), e);
      }
      for (JsonNode input : meta.path("inputs")) {
        List<Long> shape = new ArrayList<>();
        input.path("used_shape").forEach(d -> shape.add(d.asLong()));
        if (input.path("used_shape").isArray()) {
          shapes.put(input.path("name").asText(), shape);
        }
      }
      for (JsonNode output : meta.path("outputs")) {
        JsonNode recorded = output.path("rel_diff_ort_optimised");
        tolerances.add(
            recorded.isNumber() ? Tolerance.ofRecorded(recorded.asDouble()) : Tolerance.OF_ONE_RUN);
      }
    }
    return new StoredFacts(shapes, tolerances);
  }

  Tolerance tolerance(int output) {
    return output < tolerances.size() ? tolerances.get(output) : Tolerance.DEFAULT;
  }
}
