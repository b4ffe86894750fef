package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.Shape;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.MatMul;
import java.util.ArrayList;
import java.util.List;

/** Matrix products. */
final class MatrixImports {
  private MatrixImports() {}

  static void addTo(OperatorTable t) {
    t.one("MatMul", 1, n -> matMul(n, n.in(0), n.in(1)));
    t.one("Gemm", 1, MatrixImports::gemm);
  }

  /** As numpy: a vector is a row on the left and a column on the right, and leaves again. */
  static Operand matMul(OnnxNode n, Operand a, Operand b) {
    require(a.rank() > 0 && b.rank() > 0, "product of %s and %s", a.type(), b.type());
    Operand left = a.rank() == 1 ? n.reshape(a, 1, a.dim(0)) : a;
    Operand right = b.rank() == 1 ? n.reshape(b, b.dim(0), 1) : b;
    Operand product = n.emit(new MatMul(false, false), left, right);
    List<Long> extents = new ArrayList<>();
    for (int i = 0; i < product.rank(); i++) {
      boolean row = i == product.rank() - 2 && a.rank() == 1;
      boolean column = i == product.rank() - 1 && b.rank() == 1;
      if (!row && !column) {
        extents.add(product.dim(i));
      }
    }
    return n.reshape(product, Shape.of(extents));
  }

  private static Operand gemm(OnnxNode n) {
    Operand a = n.in(0);
    Operand b = n.in(1);
    require(a.rank() == 2 && b.rank() == 2, "Gemm of %s and %s", a.type(), b.type());
    double alpha = n.attrs().number("alpha", 1);
    double beta = n.attrs().number("beta", 1);
    boolean transposeA = n.attrs().flag("transA", false);
    boolean transposeB = n.attrs().flag("transB", false);
    Operand y = n.emit(new MatMul(transposeA, transposeB), a, b);
    if (alpha != 1) {
      y = n.apply(ElementwiseKind.MUL, y, n.number(y.dtype(), alpha));
    }
    if (n.has(2) && beta != 0) {
      Operand c = n.in(2);
      if (beta != 1) {
        c = n.apply(ElementwiseKind.MUL, c, n.number(c.dtype(), beta));
      }
      Operand sum = n.apply(ElementwiseKind.ADD, y, c);
      require(sum.shape().equals(y.shape()), "C %s does not fit %s", c.type(), y.type());
      return sum;
    }
    return y;
  }
}
