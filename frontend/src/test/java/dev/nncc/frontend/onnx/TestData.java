package dev.nncc.frontend.onnx;

import java.nio.file.Path;

/** Where models and tensors from other sources lie, if they are at hand. */
final class TestData {
  private TestData() {}

  static Path folder() {
    return Path.of(System.getProperty("nncc.data", "../../shared/data"));
  }
}
