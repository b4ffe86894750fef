package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Decompositions of constant square matrices [.., n, n], by elimination with pivots. The graph has
 * no operator for them.
 */
final class LinearAlgebraImports {
  private LinearAlgebraImports() {}

  static void addTo(Operators t) {
    t.many("MatrixDeterminant", n -> List.of(determinants(n).get(0)));
    t.many("LogMatrixDeterminant", n -> determinants(n).subList(1, 3));
    t.one("MatrixInverse", n -> inverse(n));
    t.one(
        "MatrixSolve",
        n -> each(n, n.in(1), (a, b, k) -> solve(turned(n, a, size(n)), b, size(n), k)));
    t.one("MatrixTriangularSolve", n -> each(n, n.in(1), (a, b, k) -> triangular(n, a, b, k)));
    t.one("Cholesky", n -> each(n, n.in(0), (a, b, k) -> cholesky(a, size(n))));
    t.many("Lu", LinearAlgebraImports::lu);
    for (String op :
        List.of(
            "MatrixDeterminant",
            "LogMatrixDeterminant",
            "MatrixInverse",
            "MatrixSolve",
            "MatrixTriangularSolve",
            "Cholesky",
            "Lu")) {
      t.limit(op, "constant operands");
    }
  }

  /** What becomes of one matrix and its right side with k columns. */
  @FunctionalInterface
  private interface Each {
    double[] of(double[] matrix, double[] right, int k);
  }

  private static int size(TensorflowNode n) {
    Operand a = n.in(0);
    int r = a.rank();
    require(r >= 2 && a.dim(r - 1) == a.dim(r - 2), "%s is not square", a.type());
    return Math.toIntExact(a.dim(r - 1));
  }

  private static Operand each(TensorflowNode n, Operand right, Each work) {
    int size = size(n);
    Tensor a = n.known(0, "matrix");
    Tensor b = n.known(right, "rhs");
    int r = b.shape().rank();
    require(r >= 2 && b.shape().dim(r - 2) == size, "%s for %s", b.type(), a.type());
    int k = Math.toIntExact(b.shape().dim(r - 1));
    double[] all = a.toDoubles();
    double[] sides = b.toDoubles();
    double[] out = new double[sides.length];
    int count = size == 0 || k == 0 ? 0 : sides.length / (size * k);
    for (int i = 0; i < count; i++) {
      double[] one = Arrays.copyOfRange(all, i * size * size, (i + 1) * size * size);
      double[] side = Arrays.copyOfRange(sides, i * size * k, (i + 1) * size * k);
      System.arraycopy(work.of(one, side, k), 0, out, i * size * k, size * k);
    }
    return n.constant(Tensor.of(b.type(), out));
  }

  private static double[] turned(TensorflowNode n, double[] a, int size) {
    if (!n.attrs().flag("adjoint", false)) {
      return a;
    }
    double[] out = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      out[i % size * size + i / size] = a[i];
    }
    return out;
  }

  /** Lower and upper factor in place; where each row came from, and the sign of that. */
  private record Factors(double[] lu, int[] rows, int sign) {}

  private static Factors factors(double[] matrix, int size) {
    double[] a = matrix.clone();
    int[] rows = new int[size];
    Arrays.setAll(rows, i -> i);
    int sign = 1;
    for (int c = 0; c < size; c++) {
      int best = c;
      for (int r = c + 1; r < size; r++) {
        best = Math.abs(a[r * size + c]) > Math.abs(a[best * size + c]) ? r : best;
      }
      if (best != c) {
        sign = -sign;
        int row = rows[c];
        rows[c] = rows[best];
        rows[best] = row;
        for (int k = 0; k < size; k++) {
          double v = a[c * size + k];
          a[c * size + k] = a[best * size + k];
          a[best * size + k] = v;
        }
      }
      for (int r = c + 1; r < size && a[c * size + c] != 0; r++) {
        double f = a[r * size + c] / a[c * size + c];
        a[r * size + c] = f;
        for (int k = c + 1; k < size; k++) {
          a[r * size + k] -= f * a[c * size + k];
        }
      }
    }
    return new Factors(a, rows, sign);
  }

  private static double[] solve(double[] matrix, double[] right, int size, int k) {
    Factors f = factors(matrix, size);
    double[] permuted = new double[right.length];
    for (int i = 0; i < size; i++) {
      System.arraycopy(right, f.rows()[i] * k, permuted, i * k, k);
    }
    return substitute(
        f.lu(), substitute(f.lu(), permuted, size, k, true, true), size, k, false, false);
  }

  /** Solves with one triangle of a matrix. */
  private static double[] substitute(
      double[] a, double[] right, int size, int k, boolean lower, boolean unit) {
    double[] x = right.clone();
    for (int step = 0; step < size; step++) {
      int r = lower ? step : size - 1 - step;
      for (int c = 0; c < k; c++) {
        double v = x[r * k + c];
        for (int done = lower ? 0 : r + 1; done < (lower ? r : size); done++) {
          v -= a[r * size + done] * x[done * k + c];
        }
        x[r * k + c] = unit ? v : v / a[r * size + r];
      }
    }
    return x;
  }

  private static double[] triangular(TensorflowNode n, double[] a, double[] right, int k) {
    boolean lower = n.attrs().flag("lower", true) != n.attrs().flag("adjoint", false);
    return substitute(turned(n, a, size(n)), right, size(n), k, lower, false);
  }

  private static Operand inverse(TensorflowNode n) {
    int size = size(n);
    Tensor a = n.known(0, "input");
    double[] unit = new double[Math.toIntExact(a.elements())];
    for (int i = 0; i < unit.length; i++) {
      unit[i] = i % (size * size) % (size + 1) == 0 ? 1 : 0;
    }
    Operand right = n.constant(Tensor.of(a.type(), unit));
    return each(n, right, (m, b, k) -> solve(turned(n, m, size), b, size, k));
  }

  private static double[] cholesky(double[] a, int size) {
    double[] out = new double[a.length];
    for (int i = 0; i < size; i++) {
      for (int k = 0; k <= i; k++) {
        double sum = a[i * size + k];
        for (int j = 0; j < k; j++) {
          sum -= out[i * size + j] * out[k * size + j];
        }
        require(i != k || sum > 0, "the matrix is not positive definite");
        out[i * size + k] = i == k ? Math.sqrt(sum) : sum / out[k * size + k];
      }
    }
    return out;
  }

  /** Determinants, their signs, and the logarithms of their sizes. */
  private static List<Operand> determinants(TensorflowNode n) {
    int size = size(n);
    Tensor a = n.known(0, "input");
    double[] all = a.toDoubles();
    List<Long> extents = TensorflowNode.extents(n.in(0)).subList(0, n.in(0).rank() - 2);
    int count = Math.toIntExact(Shape.of(extents).elements());
    double[][] out = new double[3][count];
    for (int i = 0; i < count; i++) {
      Factors f = factors(Arrays.copyOfRange(all, i * size * size, (i + 1) * size * size), size);
      out[0][i] = f.sign();
      out[1][i] = f.sign();
      for (int k = 0; k < size; k++) {
        double d = f.lu()[k * size + k];
        out[0][i] *= d;
        out[1][i] *= Math.signum(d);
        out[2][i] += Math.log(Math.abs(d));
      }
    }
    TensorType type = new TensorType(a.dtype(), Shape.of(extents));
    List<Operand> results = new ArrayList<>();
    for (double[] o : out) {
      results.add(n.constant(Tensor.of(type, o)));
    }
    return results;
  }

  private static List<Operand> lu(TensorflowNode n) {
    int size = size(n);
    Tensor a = n.known(0, "input");
    double[] all = a.toDoubles();
    long[] rows = new long[size == 0 ? 0 : all.length / size];
    for (int i = 0; size > 0 && i < all.length / (size * size); i++) {
      Factors f = factors(Arrays.copyOfRange(all, i * size * size, (i + 1) * size * size), size);
      System.arraycopy(f.lu(), 0, all, i * size * size, size * size);
      for (int k = 0; k < size; k++) {
        rows[i * size + k] = f.rows()[k];
      }
    }
    DType index = n.attrs().dtype("output_idx_type", DType.I32);
    List<Long> extents = TensorflowNode.extents(n.in(0)).subList(0, n.in(0).rank() - 1);
    return List.of(
        n.constant(Tensor.of(a.type(), all)),
        n.constant(Tensor.of(new TensorType(index, Shape.of(extents)), rows)));
  }
}
