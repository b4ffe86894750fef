package dev.nncc.frontend.onnx;

import java.util.Locale;

/**
 * A valid model asks for what is not implemented. Collected over the whole model, so that one
 * report names everything; never leaves this package.
 */
final class UnsupportedFeature extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UnsupportedFeature(String format, Object... args) {
    super(String.format(Locale.ROOT, format, args), null, false, false);
  }

  /** Throws if the condition holds. */
  static void when(boolean condition, String format, Object... args) {
    if (condition) {
      throw new UnsupportedFeature(format, args);
    }
  }
}
