package dev.nncc.frontend.tensorflow;

import dev.nncc.frontend.importing.Operand;
import org.jspecify.annotations.Nullable;

/** Convolutions between SpaceToBatchND and BatchToSpaceND are dilated ones. */
final class DilatedConvolutions {
  private DilatedConvolutions() {}

  static @Nullable Operand of(TensorflowNode n) {
    return null;
  }
}
