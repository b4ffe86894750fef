package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.DType;
import dev.nncc.graph.Dim;
import dev.nncc.graph.ModelException;
import dev.nncc.graph.Shape;
import dev.nncc.graph.TensorType;
import java.util.ArrayList;
import java.util.List;

/** What several operators ask of attributes and operands. */
final class Checks {
  private static final Dim ONE = Dim.of(1);

  private Checks() {}

  static void operands(Object op, List<TensorType> operands, int least, int most) {
    int n = operands.size();
    require(
        n >= least && n <= most,
        "%s takes %s operands, not %d",
        op,
        least == most ? Integer.toString(least) : least + " to " + most,
        n);
  }

  static void sameDtype(Object op, List<TensorType> operands) {
    for (TensorType t : operands) {
      require(
          t.dtype() == operands.get(0).dtype(), "%s: operands of several types: %s", op, operands);
    }
  }

  static void isFloat(Object op, TensorType t) {
    require(t.dtype().isFloat(), "%s takes floats, not %s", op, t);
  }

  static void isNumber(Object op, TensorType t) {
    require(t.dtype() != DType.BOOL, "%s takes numbers, not %s", op, t);
  }

  static void isIndex(Object op, TensorType t) {
    require(
        t.dtype() == DType.I64 || t.dtype() == DType.I32, "%s: indices are i32 or i64: %s", op, t);
  }

  static void axis(Object op, int axis, int rank) {
    require(axis >= 0 && axis < rank, "%s: axis %d of a value of rank %d", op, axis, rank);
  }

  /** An attribute that holds at least {@code least} everywhere, copied. */
  static List<Long> atLeast(String what, List<Long> values, long least) {
    for (long v : values) {
      require(v >= least, "%s: %d is less than %d in %s", what, v, least, values);
    }
    return List.copyOf(values);
  }

  static void sizes(String what, int size, List<?>... lists) {
    for (List<?> l : lists) {
      require(l.size() == size, "%s: %d entries where %d are needed: %s", what, l.size(), size, l);
    }
  }

  static void extents(String what, Shape shape) {
    require(
        shape.dims().stream().allMatch(d -> !d.isConstant() || d.value() >= 0),
        "%s: negative extent in %s",
        what,
        shape);
  }

  static void shape(Object op, String what, TensorType t, List<Dim> expected) {
    require(
        t.shape().dims().equals(expected),
        "%s: %s has shape %s, expected %s",
        op,
        what,
        t.shape(),
        new Shape(expected));
  }

  /** The shape of all operands broadcast together as numpy does. */
  static Shape broadcast(Object op, List<Shape> shapes) {
    int rank = shapes.stream().mapToInt(Shape::rank).max().orElse(0);
    List<Dim> out = new ArrayList<>();
    for (int i = 0; i < rank; i++) {
      Dim d = ONE;
      for (Shape s : shapes) {
        int axis = i - rank + s.rank();
        Dim e = axis < 0 ? ONE : s.dims().get(axis);
        if (d.equals(ONE)) {
          d = e;
        } else if (!e.equals(ONE) && !e.equals(d)) {
          throw new ModelException(op + ": shapes do not broadcast: " + shapes);
        }
      }
      out.add(d);
    }
    return new Shape(out);
  }

  /** Indices of the rank of the data and, but for one axis, nowhere longer. */
  static void within(Object op, TensorType indices, TensorType data, int axis) {
    require(indices.rank() == data.rank(), "%s of %s: indices are %s", op, data, indices);
    for (int i = 0; i < data.rank(); i++) {
      Dim a = indices.shape().dims().get(i);
      Dim b = data.shape().dims().get(i);
      require(
          i == axis || a.equals(b) || a.isConstant() && b.isConstant() && a.value() <= b.value(),
          "%s of %s: indices are %s",
          op,
          data,
          indices);
    }
  }
}
