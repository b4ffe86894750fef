package dev.nncc.models.onnx;

import java.io.IOException;

/**
 * The elements of a tensor as a recipe: called once for each time the tensor is written, puts all
 * elements in row-major order, and puts the same ones each time.
 */
@FunctionalInterface
public interface TensorContent {
  void writeTo(LittleEndianOutput out) throws IOException;

  /** Content held in memory; the array is copied. */
  static TensorContent of(float... values) {
    float[] copy = values.clone();
    return out -> {
      for (float value : copy) {
        out.putFloat(value);
      }
    };
  }

  /** Content held in memory; the array is copied. */
  static TensorContent of(long... values) {
    long[] copy = values.clone();
    return out -> {
      for (long value : copy) {
        out.putLong(value);
      }
    };
  }
}
