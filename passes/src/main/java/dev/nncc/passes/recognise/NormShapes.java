package dev.nncc.passes.recognise;

import dev.nncc.graph.Shape;
import java.util.Optional;

/** Shapes of what scales and shifts a normalised value. */
final class NormShapes {
  private NormShapes() {}

  /** The shape without its leading ones, if what is left broadcasts to {@code last}. */
  static Optional<Shape> within(Shape shape, Shape last) {
    int from = 0;
    while (shape.rank() - from > last.rank()) {
      if (shape.dim(from) != 1) {
        return Optional.empty();
      }
      from++;
    }
    Shape own = new Shape(shape.dims().subList(from, shape.rank()));
    int missing = last.rank() - own.rank();
    for (int i = 0; i < own.rank(); i++) {
      if (own.dim(i) != 1 && own.dim(i) != last.dim(i + missing)) {
        return Optional.empty();
      }
    }
    return Optional.of(own);
  }
}
