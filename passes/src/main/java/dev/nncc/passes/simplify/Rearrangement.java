package dev.nncc.passes.simplify;

import dev.nncc.graph.Op;
import dev.nncc.graph.Shape;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Transpose;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What a chain of reshapes and transposes does as a whole: the extents of the source taken apart
 * into factors, and the factors in another order.
 *
 * @param factors of the source in its order, none of them 1; their product is its size
 * @param order factor {@code order[i]} comes at place i of the result
 */
record Rearrangement(Shape from, List<Long> factors, List<Integer> order, Shape to) {
  Rearrangement {
    factors = List.copyOf(factors);
    order = List.copyOf(order);
  }

  /** Nothing happens; the shape has elements. */
  static Rearrangement identity(Shape shape) {
    List<Long> factors = new ArrayList<>();
    for (long extent : shape.toArray()) {
      if (extent != 1) {
        factors.add(extent);
      }
    }
    List<Integer> order = IntStream.range(0, factors.size()).boxed().toList();
    return new Rearrangement(shape, factors, order, shape);
  }

  /** Followed by a Reshape or Transpose; empty for others, and where extents share no factors. */
  Optional<Rearrangement> then(Op op) {
    if (op instanceof Reshape r) {
      return reshaped(r.shape());
    }
    return op instanceof Transpose t ? Optional.of(transposed(t.perm())) : Optional.empty();
  }

  private Optional<Rearrangement> reshaped(Shape shape) {
    List<Long> split = new ArrayList<>(factors);
    List<Integer> places = new ArrayList<>(order);
    int next = 0;
    for (long extent : shape.toArray()) {
      long open = extent;
      while (open != 1) {
        int factor = places.get(next);
        long size = split.get(factor);
        if (open % size != 0) {
          if (size % open != 0) {
            return Optional.empty();
          }
          places.replaceAll(p -> p > factor ? p + 1 : p);
          places.add(next + 1, factor + 1);
          split.set(factor, open);
          split.add(factor + 1, size / open);
          size = open;
        }
        open /= size;
        next++;
      }
    }
    return Optional.of(new Rearrangement(from, split, places, shape));
  }

  private Rearrangement transposed(List<Integer> perm) {
    List<List<Integer>> groups = groups();
    List<Integer> places = new ArrayList<>();
    perm.forEach(axis -> places.addAll(groups.get(axis)));
    return new Rearrangement(
        from, factors, places, new Shape(perm.stream().map(to.dims()::get).toList()));
  }

  /** The factors that each axis of the result is made of. */
  private List<List<Integer>> groups() {
    List<List<Integer>> groups = new ArrayList<>();
    int next = 0;
    for (long extent : to.toArray()) {
      List<Integer> group = new ArrayList<>();
      for (long open = extent; open != 1; next++) {
        group.add(order.get(next));
        open /= factors.get(order.get(next));
      }
      groups.add(group);
    }
    return groups;
  }

  boolean isIdentity() {
    return Perms.isIdentity(order);
  }

  /** The fewest operators that do the same, one transpose at most. */
  List<Op> ops() {
    if (isIdentity()) {
      return from.equals(to) ? List.of() : List.of(new Reshape(to));
    }
    Rearrangement whole = joined();
    List<Op> direct = whole.withAxesOfSource();
    return direct.size() <= 2 ? direct : whole.withFactors();
  }

  /** Factors that stay neighbours, and are parts of one axis on both sides, made one. */
  private Rearrangement joined() {
    List<Integer> axis = axisOfFactor();
    List<List<Integer>> groups = groups();
    for (List<Integer> group : groups) {
      for (int i = 1; i < group.size(); i++) {
        int a = group.get(i - 1);
        if (group.get(i) == a + 1 && axis.get(a).equals(axis.get(a + 1))) {
          List<Long> fewer = new ArrayList<>(factors);
          fewer.set(a, factors.get(a) * factors.get(a + 1));
          fewer.remove(a + 1);
          List<Integer> places = new ArrayList<>(order);
          places.remove((Integer) (a + 1));
          places.replaceAll(p -> p > a ? p - 1 : p);
          return new Rearrangement(from, fewer, places, to).joined();
        }
      }
    }
    return this;
  }

  /** The axis of the source that each factor is of; -1 for one of several axes. */
  private List<Integer> axisOfFactor() {
    List<Integer> axes = new ArrayList<>();
    int axis = 0;
    long open = from.rank() == 0 ? 1 : from.dim(0);
    for (long f : factors) {
      while (open == 1) {
        open = from.dim(++axis);
      }
      axes.add(axis);
      open /= f;
    }
    return axes;
  }

  /** A Transpose of the source as it is, and a Reshape if one is needed behind it. */
  private List<Op> withAxesOfSource() {
    List<Integer> axes = axisOfFactor();
    if (axes.stream().distinct().count() < axes.size()) {
      return withFactors();
    }
    List<Integer> units = new ArrayList<>();
    for (int a = 0; a < from.rank(); a++) {
      if (!axes.contains(a)) {
        units.add(a);
      }
    }
    List<Integer> perm = new ArrayList<>();
    if (from.rank() == to.rank() && groups().stream().allMatch(g -> g.size() <= 1)) {
      groups().forEach(g -> perm.add(g.isEmpty() ? units.remove(0) : axes.get(g.get(0))));
      return List.of(new Transpose(perm));
    }
    perm.addAll(units);
    order.forEach(f -> perm.add(axes.get(f)));
    return List.of(new Transpose(perm), new Reshape(to));
  }

  private List<Op> withFactors() {
    List<Op> ops = new ArrayList<>();
    List<List<Integer>> groups = groups();
    boolean whole = groups.stream().allMatch(g -> g.size() <= 1);
    // With the unit axes of the result where they are, nothing is left to reshape behind.
    List<Long> extents = new ArrayList<>(factors);
    List<Integer> perm = new ArrayList<>(order);
    if (whole) {
      for (int i = 0; i < groups.size(); i++) {
        if (groups.get(i).isEmpty()) {
          int at = Math.min(i, extents.size());
          extents.add(at, 1L);
          perm.replaceAll(p -> p >= at ? p + 1 : p);
          perm.add(i, at);
        }
      }
    }
    Shape split = Shape.of(extents);
    if (!split.equals(from)) {
      ops.add(new Reshape(split));
    }
    ops.add(new Transpose(perm));
    if (!whole) {
      ops.add(new Reshape(to));
    }
    return ops;
  }
}
