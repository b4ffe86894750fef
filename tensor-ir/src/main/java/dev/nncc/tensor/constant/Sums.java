package dev.nncc.tensor.constant;

import java.util.ArrayList;
import java.util.List;

/** Sums of arrays times factors, in f64. */
final class Sums {
  private Sums() {}

  /** The Kronecker product: sums over pairs of terms, for every pair of rows. */
  static List<List<Double>> ofPairs(List<List<Double>> first, List<List<Double>> second) {
    List<List<Double>> rows = new ArrayList<>();
    for (List<Double> p : first) {
      for (List<Double> q : second) {
        List<Double> row = new ArrayList<>();
        p.forEach(x -> q.forEach(y -> row.add(x * y)));
        rows.add(row);
      }
    }
    return rows;
  }

  /**
   * Rounded once. Terms are added one by one, in order, those without a factor left out: what a
   * library that makes its weights when it is loaded does too.
   *
   * @param x arrays of one length, as many as factors
   */
  static float[] rounded(List<Double> factors, double[][] x) {
    double[] sums = new double[x[0].length];
    boolean first = true;
    for (int k = 0; k < x.length; k++) {
      double factor = factors.get(k);
      if (factor != 0) {
        add(sums, first, factor, x[k]);
        first = false;
      }
    }
    float[] rounded = new float[sums.length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = (float) sums[i];
    }
    return rounded;
  }

  private static void add(double[] sums, boolean first, double factor, double[] x) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] = first ? factor * x[i] : sums[i] + factor * x[i];
    }
  }
}
