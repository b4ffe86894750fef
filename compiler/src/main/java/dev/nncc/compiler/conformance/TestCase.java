package dev.nncc.compiler.conformance;

import java.nio.file.Path;
import java.util.List;

/**
 * A model with stored inputs and outputs.
 *
 * @param name its folder below the root of the tests, with {@code /}
 * @param folder holds {@code model.onnx}, and {@code meta.json} where facts are recorded
 * @param data folders of {@code input_<i>} and {@code output_<i>}
 */
public record TestCase(String name, Path folder, List<Path> data) {
  public TestCase {
    data = List.copyOf(data);
  }

  public Path model() {
    return folder.resolve("model.onnx");
  }
}
