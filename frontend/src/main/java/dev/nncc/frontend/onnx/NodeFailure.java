package dev.nncc.frontend.onnx;

import org.jspecify.annotations.Nullable;

/** A model error whose message already says where it is; never leaves this package. */
final class NodeFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NodeFailure(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
