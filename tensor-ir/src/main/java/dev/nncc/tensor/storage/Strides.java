package dev.nncc.tensor.storage;

import dev.nncc.graph.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Arithmetic on the strides of row-major walks. */
final class Strides {
  private Strides() {}

  /**
   * The strides with which a shape walks the same elements in the same order. Both shapes fall
   * apart into runs of axes with equal numbers of elements; the axes of a run must be one walk of
   * memory.
   */
  static Optional<List<Long>> reshaped(List<Long> shape, List<Long> strides, Shape to) {
    List<Long> out = new ArrayList<>();
    if (to.elements() == 0) {
      for (long stride : to.strides()) {
        out.add(stride);
      }
      return Optional.of(out);
    }
    int from = 0;
    int rank = to.rank();
    for (int first = 0; first < rank; ) {
      long wanted = to.dim(first);
      int last = first;
      long have = 1;
      long step = 1;
      boolean any = false;
      // The shortest run on both sides.
      while (have != wanted || !any && wanted != 1) {
        if (have < wanted) {
          if (shape.get(from) != 1) {
            if (any && step != strides.get(from) * shape.get(from)) {
              return Optional.empty();
            }
            step = strides.get(from);
            any = true;
          }
          have *= shape.get(from++);
        } else {
          wanted *= to.dim(++last);
        }
      }
      long stride = any ? step : 1;
      List<Long> run = new ArrayList<>();
      for (int a = last; a >= first; a--) {
        run.add(0, stride);
        stride *= to.dim(a);
      }
      out.addAll(run);
      first = last + 1;
    }
    return Optional.of(out);
  }
}
