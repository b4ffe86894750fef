package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.Pad;
import dev.nncc.graph.op.PadMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Diagonals and bands of matrices. */
final class MatrixImports {
  private MatrixImports() {}

  static void addTo(Operators t) {
    t.one("MatrixDiag", n -> diagonal(n, n.in(0)));
    t.one("MatrixDiagPart", n -> diagonalPart(n, n.in(0)));
    t.one("MatrixSetDiag", MatrixImports::setDiagonal);
    t.one("MatrixBandPart", MatrixImports::band);
    t.one("Diag", MatrixImports::tensorDiagonal);
    t.one("DiagPart", MatrixImports::tensorDiagonalPart);
    t.one("Cross", MatrixImports::cross);
  }

  /** Whether an element of a matrix belongs to something. */
  @FunctionalInterface
  private interface Part {
    boolean has(long row, long column);
  }

  private static Operand mask(TensorflowNode n, long rows, long columns, Part part) {
    long[] values = new long[TensorflowNode.table(rows, columns)];
    for (int i = 0; i < values.length; i++) {
      values[i] = part.has(i / columns, i % columns) ? 1 : 0;
    }
    return n.constant(Tensor.of(TensorType.of(DType.BOOL, rows, columns), values));
  }

  private static Operand diagonal(TensorflowNode n, Operand x) {
    require(x.rank() >= 1, "%s is no diagonal", x.type());
    long size = x.dim(x.rank() - 1);
    Operand mask = mask(n, size, size, (i, k) -> i == k);
    return n.where(mask, n.unsqueeze(x, x.rank()), n.number(x.dtype(), 0));
  }

  private static Operand diagonalPart(TensorflowNode n, Operand x) {
    int r = x.rank();
    require(r >= 2, "%s is no matrix", x.type());
    long size = Math.min(x.dim(r - 2), x.dim(r - 1));
    Operand rows = n.slice(x, r - 2, 0, size);
    List<Long> flat = TensorflowNode.extents(rows);
    long columns = flat.remove(r - 1);
    flat.set(r - 2, Math.multiplyExact(size, columns));
    return n.slice(n.reshape(rows, Shape.of(flat)), r - 2, 0, size, columns + 1);
  }

  private static Operand setDiagonal(TensorflowNode n) {
    Operand x = n.in(0);
    Operand d = n.in(1);
    int r = x.rank();
    require(r >= 2 && d.rank() == r - 1, "diagonal %s of %s", d.type(), x.type());
    long rows = x.dim(r - 2);
    List<Long> none = new ArrayList<>(Collections.nCopies(r - 1, 0L));
    List<Long> after = new ArrayList<>(none);
    after.set(r - 2, rows - d.dim(r - 2));
    Operand whole = rows == d.dim(r - 2) ? d : n.emit(new Pad(none, after, PadMode.CONSTANT, 0), d);
    Operand mask = mask(n, rows, x.dim(r - 1), (i, k) -> i == k);
    return n.where(mask, n.unsqueeze(whole, r - 1), x);
  }

  private static Operand band(TensorflowNode n) {
    Operand x = n.in(0);
    long below = n.knownInteger(1, "num_lower");
    long above = n.knownInteger(2, "num_upper");
    require(x.rank() >= 2, "%s is no matrix", x.type());
    Operand mask =
        mask(
            n,
            x.dim(x.rank() - 2),
            x.dim(x.rank() - 1),
            (i, k) -> (below < 0 || i - k <= below) && (above < 0 || k - i <= above));
    return n.where(mask, x, n.number(x.dtype(), 0));
  }

  private static Operand tensorDiagonal(TensorflowNode n) {
    Operand x = n.in(0);
    List<Long> extents = TensorflowNode.extents(x);
    extents.addAll(TensorflowNode.extents(x));
    return n.reshape(diagonal(n, n.reshape(x, x.shape().elements())), Shape.of(extents));
  }

  private static Operand tensorDiagonalPart(TensorflowNode n) {
    Operand x = n.in(0);
    List<Long> half = TensorflowNode.extents(x).subList(0, x.rank() / 2);
    long size = Shape.of(half).elements();
    require(
        x.rank() % 2 == 0 && size * size == x.shape().elements(), "%s has no diagonal", x.type());
    return n.reshape(diagonalPart(n, n.reshape(x, size, size)), Shape.of(half));
  }

  private static Operand cross(TensorflowNode n) {
    Operand a = n.in(0);
    Operand b = n.in(1);
    int axis = a.rank() - 1;
    require(axis >= 0 && a.dim(axis) == 3, "%s has no three components", a.type());
    Operand before = n.mul(turned(n, a, axis, 1), turned(n, b, axis, 2));
    return n.sub(before, n.mul(turned(n, a, axis, 2), turned(n, b, axis, 1)));
  }

  /** Components from another one on. */
  private static Operand turned(TensorflowNode n, Operand x, int axis, long from) {
    Operand back = n.slice(x, axis, from, 3 - from);
    return n.concat(List.of(back, n.slice(x, axis, 0, from)), axis);
  }
}
