package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Singular values of constant matrices: pairs of columns are rotated until all are orthogonal
 * (one-sided Jacobi).
 */
final class SvdImports {
  private static final int SWEEPS = 60;
  private static final double SMALL = 1e-15;

  private SvdImports() {}

  static void addTo(Operators t) {
    t.many("Svd", SvdImports::svd);
    t.limit("Svd", "constant operand");
  }

  /** Values in descending order, and the columns of both factors. */
  private record Parts(double[] values, double[][] left, double[][] right) {}

  private static List<Operand> svd(TensorflowNode n) {
    Operand x = n.in(0);
    int r = x.rank();
    require(r >= 2, "%s is no matrix", x.type());
    double[] all = n.known(0, "input").toDoubles();
    int rows = Math.toIntExact(x.dim(r - 2));
    int columns = Math.toIntExact(x.dim(r - 1));
    int least = Math.min(rows, columns);
    boolean full = n.attrs().flag("full_matrices", false);
    int left = full ? rows : least;
    int right = full ? columns : least;
    List<Long> batch = TensorflowNode.extents(x).subList(0, r - 2);
    int count = rows * columns == 0 ? 0 : all.length / (rows * columns);
    double[] s = new double[TensorflowNode.table(count, least)];
    double[] u = new double[TensorflowNode.table(count, rows, left)];
    double[] v = new double[TensorflowNode.table(count, columns, right)];
    for (int i = 0; i < count; i++) {
      Parts p =
          parts(
              Arrays.copyOfRange(all, i * rows * columns, (i + 1) * rows * columns), rows, columns);
      System.arraycopy(p.values(), 0, s, i * least, least);
      store(p.left(), left, u, i * rows * left);
      store(p.right(), right, v, i * columns * right);
    }
    if (!n.attrs().flag("compute_uv", true)) {
      Operand none = n.filled(x.dtype(), Shape.of(0), 0);
      return List.of(tensor(n, x, batch, s, least), none, none);
    }
    return List.of(
        tensor(n, x, batch, s, least),
        tensor(n, x, batch, u, rows, left),
        tensor(n, x, batch, v, columns, right));
  }

  private static Operand tensor(
      TensorflowNode n, Operand x, List<Long> batch, double[] values, long... extents) {
    List<Long> all = new ArrayList<>(batch);
    Arrays.stream(extents).forEach(all::add);
    return n.constant(Tensor.of(new TensorType(x.dtype(), Shape.of(all)), values));
  }

  /** Columns next to each other; those that are missing are made orthogonal to the others. */
  private static void store(double[][] columns, int wanted, double[] into, int at) {
    List<double[]> basis = new ArrayList<>(Arrays.asList(columns));
    int size = columns[0].length;
    for (int e = 0; e < size && basis.size() < wanted; e++) {
      double[] next = new double[size];
      next[e] = 1;
      for (double[] b : basis) {
        double along = dot(b, next);
        Arrays.setAll(next, i -> next[i] - along * b[i]);
      }
      double length = Math.sqrt(dot(next, next));
      if (length > 1e-6) {
        Arrays.setAll(next, i -> next[i] / length);
        basis.add(next);
      }
    }
    for (int c = 0; c < wanted; c++) {
      for (int i = 0; i < size; i++) {
        into[at + i * wanted + c] = basis.get(c)[i];
      }
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static Parts parts(double[] matrix, int rows, int columns) {
    boolean wide = columns > rows;
    int m = wide ? columns : rows;
    int n = wide ? rows : columns;
    double[][] a = new double[n][m];
    double[][] v = new double[n][n];
    for (int c = 0; c < n; c++) {
      for (int i = 0; i < m; i++) {
        a[c][i] = wide ? matrix[c * columns + i] : matrix[i * columns + c];
      }
      v[c][c] = 1;
    }
    boolean turned = true;
    for (int sweep = 0; sweep < SWEEPS && turned; sweep++) {
      turned = false;
      for (int p = 0; p < n; p++) {
        for (int q = p + 1; q < n; q++) {
          turned |= rotate(a, v, p, q);
        }
      }
    }
    double[] lengths = new double[n];
    Arrays.setAll(lengths, c -> Math.sqrt(dot(a[c], a[c])));
    List<Integer> order = new ArrayList<>(IntStream.range(0, n).boxed().toList());
    order.sort(Comparator.comparingDouble(c -> -lengths[c]));
    double[][] left = new double[n][];
    double[][] right = new double[n][];
    double[] values = new double[n];
    for (int k = 0; k < n; k++) {
      double length = lengths[order.get(k)];
      values[k] = length;
      double[] column = a[order.get(k)].clone();
      Arrays.setAll(column, i -> length == 0 ? 0 : column[i] / length);
      left[k] = column;
      right[k] = v[order.get(k)];
    }
    return wide ? new Parts(values, right, left) : new Parts(values, left, right);
  }

  /** Makes two columns orthogonal; false if they are. */
  private static boolean rotate(double[][] a, double[][] v, int p, int q) {
    double alpha = dot(a[p], a[p]);
    double beta = dot(a[q], a[q]);
    double gamma = dot(a[p], a[q]);
    if (Math.abs(gamma) <= SMALL * Math.sqrt(alpha * beta)) {
      return false;
    }
    double zeta = (beta - alpha) / (2 * gamma);
    double tan = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
    double cos = 1 / Math.sqrt(1 + tan * tan);
    for (double[][] columns : new double[][][] {a, v}) {
      for (int i = 0; i < columns[p].length; i++) {
        double first = columns[p][i];
        double second = columns[q][i];
        columns[p][i] = cos * (first - tan * second);
        columns[q][i] = cos * (tan * first + second);
      }
    }
    return true;
  }
}
