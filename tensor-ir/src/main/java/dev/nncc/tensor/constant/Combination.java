package dev.nncc.tensor.constant;

import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import java.nio.ByteBuffer;
import java.util.List;

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

  /** What the elements of a packed array are made of, for a constant with this combination. */
  Terms terms(Packed packed);

  /**
   * The elements of a packed array as sums of old ones. Axes that are no choice are positions, the
   * same for an element and for all terms of it.
   *
   * @param choices the packed axes that say which combination an element is
   * @param rows for each place along these, in row-major order, the factors of the terms, which
   *     {@link #apply} adds up in this order
   * @param extents of the axes that the terms lie along, which are in row-major order
   * @param map for each of these axes what one step adds to each source coordinate
   */
  record Terms(
      List<Integer> choices, List<List<Double>> rows, List<Long> extents, List<List<Long>> map) {
    public Terms {
      choices = List.copyOf(choices);
      rows = rows.stream().map(List::copyOf).toList();
      extents = List.copyOf(extents);
      map = map.stream().map(List::copyOf).toList();
    }
  }
}
