package dev.nncc.graph.bound;

import dev.nncc.graph.Tensor;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import java.util.List;
import java.util.stream.IntStream;

/** Figures of lines along axes, with extent 1 left in their place. */
final class Lines {
  private Lines() {}

  static Tensor max(Tensor t, int axis) {
    return Wide.apply(new Reduce(ReduceKind.MAX, List.of(axis), true), t);
  }

  static Tensor min(Tensor t, int axis) {
    return Wide.apply(new Reduce(ReduceKind.MIN, List.of(axis), true), t);
  }

  /** Axes from one on. */
  static List<Integer> from(int axis, int rank) {
    return IntStream.range(axis, rank).boxed().toList();
  }
}
