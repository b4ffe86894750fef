package dev.nncc.compiler.conformance;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A model with stored inputs and outputs.
 *
 * @param name its folder below the root of the tests, with {@code /}
 * @param folder holds the model, and {@code meta.json} where facts are recorded
 * @param data folders of {@code input_<i>} and {@code output_<i>}
 */
public record TestCase(String name, Path folder, List<Path> data) {
  public TestCase {
    data = List.copyOf(data);
  }

  /** What a model is called in the folder of its test; a SavedModel is a folder itself. */
  static final List<String> MODELS =
      List.of("model.onnx", "model.pb", "saved_model", "model.prototxt");

  public Path model() {
    for (String name : MODELS) {
      Path file = folder.resolve(name);
      if (Files.exists(file)) {
        return file;
      }
    }
    return folder.resolve(MODELS.get(0));
  }
}
