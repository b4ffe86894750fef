package dev.nncc.passes.simplify;

import dev.nncc.graph.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How a reshape joins and splits axes: the shortest runs of axes on both sides that hold as many
 * elements as each other. {@code [4,5,6] -> [20,2,3]} has the groups {@code 4,5 -> 20} and {@code 6
 * -> 2,3}.
 */
final class AxisGroups {
  /** Axes of one run before and after the reshape. */
  record Group(List<Integer> from, List<Integer> to) {
    Group {
      from = List.copyOf(from);
      to = List.copyOf(to);
    }
  }

  private AxisGroups() {}

  /** The groups in order; shapes have as many elements as each other, and not none. */
  static List<Group> of(Shape from, Shape to) {
    List<Group> groups = new ArrayList<>();
    int i = 0;
    int j = 0;
    while (i < from.rank() || j < to.rank()) {
      int firstFrom = i;
      int firstTo = j;
      long source = i < from.rank() ? from.dim(i++) : 1;
      long target = j < to.rank() ? to.dim(j++) : 1;
      while (source != target) {
        if (source < target) {
          source *= from.dim(i++);
        } else {
          target *= to.dim(j++);
        }
      }
      groups.add(new Group(range(firstFrom, i), range(firstTo, j)));
    }
    return groups;
  }

  private static List<Integer> range(int from, int to) {
    return IntStream.range(from, to).boxed().toList();
  }

  /** Those of the axes whose extent is not 1. */
  static List<Integer> large(List<Integer> axes, Shape shape) {
    return axes.stream().filter(axis -> shape.dim(axis) != 1).toList();
  }
}
