package dev.nncc.graph.op;

import dev.nncc.graph.Shape;

/**
 * A row-major tensor seen along one axis or a run of axes: {@code outer} times {@code extent} times
 * {@code inner} elements.
 */
record Line(int outer, int extent, int inner) {
  static Line along(Shape s, int axis) {
    return along(s, axis, axis + 1);
  }

  /** Axes {@code begin .. end-1} as one. */
  static Line along(Shape s, int begin, int end) {
    return new Line(product(s, 0, begin), product(s, begin, end), product(s, end, s.rank()));
  }

  private static int product(Shape s, int begin, int end) {
    int n = 1;
    for (int i = begin; i < end; i++) {
      n = Math.multiplyExact(n, Math.toIntExact(s.dim(i)));
    }
    return n;
  }

  int at(int o, int e, int i) {
    return (o * extent + e) * inner + i;
  }
}
