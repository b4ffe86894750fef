package dev.nncc.tensor.constant;

import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import java.nio.ByteBuffer;

/**
 * What algorithms with fewer multiplications make of weights: each new element is a fixed linear
 * combination of old ones, computed in f64 and rounded to f32 once. The rank stays.
 */
public interface Combination {
  /** The shape that a source has afterwards. */
  Shape of(Shape source);

  /** How far apart neighbours along each axis of the result lie in what {@link #apply} makes. */
  long[] strides(Shape source);

  /** All new elements, f32, little-endian. */
  ByteBuffer apply(Tensor source);
}
