package dev.nncc.passes.simplify;

import dev.nncc.graph.Node;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.Transpose;
import dev.nncc.passes.rewrite.RewriteContext;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** A constant that is broadcast behind a movement, as it has to be in front of it. */
final class MovedConstant {
  private MovedConstant() {}

  /** Empty if the constant cannot be written with the axes in front of the movement. */
  static Optional<Value> before(Node movement, Value c, RewriteContext context) {
    Shape to = movement.result().shape();
    if (!context.isConstant(c) || c.shape().rank() > to.rank() || to.elements() == 0) {
      return Optional.empty();
    }
    if (c.shape().elements() == 1) {
      return Optional.of(reshaped(c, Shape.SCALAR, context));
    }
    List<Long> extents = new ArrayList<>(Collections.nCopies(to.rank(), 1L));
    for (int i = 1; i <= c.shape().rank(); i++) {
      extents.set(to.rank() - i, c.type().dim(c.shape().rank() - i));
    }
    Shape full = Shape.of(extents);
    if (movement.op() instanceof Transpose t) {
      Value v = reshaped(c, full, context);
      return Optional.of(context.add(new Transpose(Perms.inverse(t.perm())), v));
    }
    return throughReshape(movement.operand(0).shape(), to, full)
        .map(shape -> reshaped(c, shape, context));
  }

  private static Value reshaped(Value c, Shape shape, RewriteContext context) {
    return c.shape().equals(shape) ? c : context.add(new Reshape(shape), c);
  }

  /**
   * The constant's shape in front of a reshape that leaves the axes alone that it differs along, or
   * of whose groups of axes it differs along all.
   */
  private static Optional<Shape> throughReshape(Shape from, Shape to, Shape constant) {
    List<Long> extents = new ArrayList<>(Collections.nCopies(from.rank(), 1L));
    for (AxisGroups.Group g : AxisGroups.of(from, to)) {
      List<Integer> differs = AxisGroups.large(g.to(), constant);
      if (differs.isEmpty()) {
        continue;
      }
      List<Integer> target = AxisGroups.large(g.to(), to);
      if (target.stream().allMatch(axis -> constant.dim(axis) == to.dim(axis))) {
        // Whole axes: whatever the reshape does to them, it did to the constant.
        g.from().forEach(axis -> extents.set(axis, from.dim(axis)));
        continue;
      }
      List<Integer> source = AxisGroups.large(g.from(), from);
      boolean alone = source.size() == 1 && target.size() == 1;
      if (!alone) {
        return Optional.empty();
      }
      extents.set(source.get(0), constant.dim(differs.get(0)));
    }
    int first = 0;
    while (first < extents.size() && extents.get(first) == 1) {
      first++;
    }
    return Optional.of(Shape.of(extents.subList(first, extents.size())));
  }
}
