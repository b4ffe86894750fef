package dev.nncc.passes.fold;

import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;

/** The weights that do what two contractions, of which one has a single tap, do one by one. */
final class ProductOfWeights {
  private ProductOfWeights() {}

  /**
   * Weights [output, input, taps] of convolutions, [input, output] of products.
   *
   * @param product whether the result is written as a product's weights
   */
  static Tensor of(Contraction a, Contraction b, TensorType type, boolean product) {
    int middle = a.outputs();
    int inputs = a.inputs();
    int tapsA = Math.toIntExact(a.run());
    int tapsB = Math.toIntExact(b.run());
    int taps = Math.max(tapsA, tapsB);
    double[][] first = rows(a, middle, inputs * tapsA);
    double[][] second = rows(b, b.outputs(), middle * tapsB);
    TensorBuilder out = new TensorBuilder(type);
    double[] sums = new double[inputs * taps];
    for (int o = 0; o < b.outputs(); o++) {
      java.util.Arrays.fill(sums, 0);
      for (int m = 0; m < middle; m++) {
        for (int t = 0; t < tapsB; t++) {
          accumulate(sums, first[m], second[o][m * tapsB + t], t, tapsB);
        }
      }
      for (int i = 0; i < sums.length; i++) {
        out.set(product ? (long) i * b.outputs() + o : (long) o * sums.length + i, sums[i]);
      }
    }
    return out.build();
  }

  /** With several taps in the second layer, the first has one. */
  private static void accumulate(double[] sums, double[] row, double factor, int tap, int taps) {
    for (int i = 0; i < row.length; i++) {
      sums[i * taps + tap] += row[i] * factor;
    }
  }

  /** Weights by output, within them by input and tap. */
  private static double[][] rows(Contraction c, int outputs, int width) {
    double[][] rows = new double[outputs][width];
    Tensor.Elements e = c.weights().reader();
    int run = Math.toIntExact(c.run());
    long at = 0;
    for (int r = 0; at < c.weights().elements(); r++) {
      double[] row = rows[c.outputOf(r)];
      for (int t = 0; t < run; t++) {
        row[c.inputOf(r) * run + t] = e.number(at++);
      }
    }
    return rows;
  }
}
