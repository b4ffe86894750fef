package dev.nncc.models.zoo;

import java.util.List;

/**
 * A float value of the graph under construction: its name, its extents, and about how large its
 * elements are.
 */
record Value(String name, List<Long> shape, Moments moments) {
  Value {
    shape = List.copyOf(shape);
  }

  /** Extent of an axis; negative axes count from the last. */
  int dim(int axis) {
    return Math.toIntExact(shape.get(axis < 0 ? axis + shape.size() : axis));
  }

  int rank() {
    return shape.size();
  }

  long[] dims() {
    return shape.stream().mapToLong(Long::longValue).toArray();
  }

  /** The same value believed to have other moments. */
  Value with(Moments other) {
    return new Value(name, shape, other);
  }
}
