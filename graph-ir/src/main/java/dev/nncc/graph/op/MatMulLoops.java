package dev.nncc.graph.op;

import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;

/**
 * Matrix products. The second operand, often a large weight, is read in blocks of rows and never
 * converted as a whole.
 */
final class MatMulLoops {
  /** Rows of the second operand at a time. */
  private static final int ROWS = 64;

  private final boolean transposeA;
  private final boolean transposeB;
  private final int m;
  private final int k;
  private final int n;

  private MatMulLoops(MatMul op, TensorType a, TensorType result) {
    transposeA = op.transposeA();
    transposeB = op.transposeB();
    m = Math.toIntExact(result.dim(result.rank() - 2));
    n = Math.toIntExact(result.dim(result.rank() - 1));
    k = Math.toIntExact(a.dim(a.rank() - (op.transposeA() ? 2 : 1)));
  }

  static Tensor evaluate(MatMul op, Tensor a, Tensor b, TensorType result) {
    return new MatMulLoops(op, a.type(), result).run(a, b, result);
  }

  private Tensor run(Tensor a, Tensor b, TensorType result) {
    TensorBuilder out = new TensorBuilder(result);
    Shape batches = new Shape(result.shape().dims().subList(0, result.rank() - 2));
    long[] sa = batchStrides(a.shape(), batches);
    long[] sb = batchStrides(b.shape(), batches);
    long[] at = new long[batches.rank()];
    for (long i = 0, count = batches.elements(); i < count; i++) {
      long fromA = 0;
      long fromB = 0;
      for (int axis = 0; axis < at.length; axis++) {
        fromA += at[axis] * sa[axis];
        fromB += at[axis] * sb[axis];
      }
      if (a.dtype().isFloat()) {
        floats(a, fromA * m * k, b, fromB * k * n, out, i * m * n);
      } else {
        integers(a, fromA * m * k, b, fromB * k * n, out, i * m * n);
      }
      for (int axis = at.length - 1; axis >= 0 && ++at[axis] == batches.dim(axis); axis--) {
        at[axis] = 0;
      }
    }
    return out.build();
  }

  private static long[] batchStrides(Shape operand, Shape batches) {
    Shape own = new Shape(operand.dims().subList(0, operand.rank() - 2));
    return ElementwiseLoops.broadcastStrides(own, batches);
  }

  private void floats(Tensor a, long fromA, Tensor b, long fromB, TensorBuilder out, long to) {
    double[] left = new double[m * k];
    a.reader().numbers(fromA, left, left.length);
    int step = transposeA ? m : 1;
    int row = transposeA ? 1 : k;
    double[] acc = new double[Math.multiplyExact(m, n)];
    int width = transposeB ? k : n;
    int height = transposeB ? n : k;
    double[] block = new double[Math.multiplyExact(ROWS, width)];
    for (int r = 0; r < height; r += ROWS) {
      int rows = Math.min(ROWS, height - r);
      b.reader().numbers(fromB + (long) r * width, block, rows * width);
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < rows; j++) {
          if (transposeB) {
            acc[i * n + r + j] = dot(left, i * row, step, block, j * width, k);
          } else {
            axpy(left[i * row + (r + j) * step], block, j * width, acc, i * n, n);
          }
        }
      }
    }
    out.set(to, acc, acc.length);
  }

  private static double dot(double[] a, int at, int step, double[] b, int from, int k) {
    double sum = 0;
    for (int i = 0; i < k; i++) {
      sum += a[at + i * step] * b[from + i];
    }
    return sum;
  }

  private static void axpy(double f, double[] b, int from, double[] acc, int at, int n) {
    for (int i = 0; i < n; i++) {
      acc[at + i] += f * b[from + i];
    }
  }

  private void integers(Tensor a, long fromA, Tensor b, long fromB, TensorBuilder out, long to) {
    long[] left = new long[m * k];
    long[] right = new long[k * n];
    a.reader().integers(fromA, left, left.length);
    b.reader().integers(fromB, right, right.length);
    long[] acc = new long[m * n];
    for (int i = 0; i < m; i++) {
      for (int p = 0; p < k; p++) {
        long f = left[transposeA ? p * m + i : i * k + p];
        for (int j = 0; j < n; j++) {
          acc[i * n + j] += f * right[transposeB ? j * k + p : p * n + j];
        }
      }
    }
    out.set(to, acc, acc.length);
  }
}
