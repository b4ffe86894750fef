package dev.nncc.graph.op;

import dev.nncc.graph.Tensor;
import java.util.Arrays;

/** Normalisations, in doubles throughout. */
final class NormLoops {
  private NormLoops() {}

  /** Softmax or its logarithm. */
  static Tensor softmax(Tensor t, int axis, boolean logarithm) {
    double[] x = t.toDoubles();
    Line line = Line.along(t.shape(), axis);
    for (int o = 0; o < line.outer(); o++) {
      for (int i = 0; i < line.inner(); i++) {
        double m = Double.NEGATIVE_INFINITY;
        for (int e = 0; e < line.extent(); e++) {
          m = Math.max(m, x[line.at(o, e, i)]);
        }
        double sum = 0;
        for (int e = 0; e < line.extent(); e++) {
          sum += Math.exp(x[line.at(o, e, i)] - m);
        }
        double log = Math.log(sum);
        for (int e = 0; e < line.extent(); e++) {
          int at = line.at(o, e, i);
          x[at] = logarithm ? x[at] - m - log : Math.exp(x[at] - m) / sum;
        }
      }
    }
    return Tensor.of(t.type(), x);
  }

  static Tensor batch(
      Tensor t, Tensor scale, Tensor bias, Tensor mean, Tensor variance, double epsilon) {
    double[] x = t.toDoubles();
    double[] s = scale.toDoubles();
    double[] b = bias.toDoubles();
    double[] m = mean.toDoubles();
    double[] v = variance.toDoubles();
    Line line = Line.along(t.shape(), 1);
    for (int o = 0; o < line.outer(); o++) {
      for (int c = 0; c < line.extent(); c++) {
        double factor = s[c] / Math.sqrt(v[c] + epsilon);
        for (int i = 0; i < line.inner(); i++) {
          int at = line.at(o, c, i);
          x[at] = (x[at] - m[c]) * factor + b[c];
        }
      }
    }
    return Tensor.of(t.type(), x);
  }

  static Tensor layer(Tensor t, Tensor scale, Tensor bias, int axis, double epsilon) {
    double[] x = t.toDoubles();
    double[] s = scale.toDoubles();
    double[] b = bias.toDoubles();
    Line line = Line.along(t.shape(), axis, t.shape().rank());
    for (int o = 0; o < line.outer(); o++) {
      int from = o * line.extent();
      standardise(x, from, line.extent(), epsilon);
      for (int e = 0; e < line.extent(); e++) {
        x[from + e] = x[from + e] * s[e] + b[e];
      }
    }
    return Tensor.of(t.type(), x);
  }

  static Tensor rootMeanSquare(Tensor t, Tensor scale, RmsNorm op) {
    double[] x = t.toDoubles();
    double[] s = scale.toDoubles();
    Line line = Line.along(t.shape(), op.axis(), t.shape().rank());
    for (int o = 0; o < line.outer(); o++) {
      int from = o * line.extent();
      double squares = 0;
      for (int e = from; e < from + line.extent(); e++) {
        squares += x[e] * x[e];
      }
      double mean = Math.max(squares / line.extent(), op.floor());
      double factor = 1 / Math.sqrt(mean + op.epsilon());
      for (int e = 0; e < line.extent(); e++) {
        x[from + e] = x[from + e] * factor * s[e];
      }
    }
    return Tensor.of(t.type(), x);
  }

  static Tensor instance(Tensor t, Tensor scale, Tensor bias, double epsilon) {
    double[] x = t.toDoubles();
    double[] s = scale.toDoubles();
    double[] b = bias.toDoubles();
    Line line = Line.along(t.shape(), 1);
    for (int o = 0; o < line.outer(); o++) {
      for (int c = 0; c < line.extent(); c++) {
        int from = line.at(o, c, 0);
        standardise(x, from, line.inner(), epsilon);
        for (int i = from; i < from + line.inner(); i++) {
          x[i] = x[i] * s[c] + b[c];
        }
      }
    }
    return Tensor.of(t.type(), x);
  }

  /** To mean 0 and variance 1, in place. */
  private static void standardise(double[] x, int from, int n, double epsilon) {
    double mean = Arrays.stream(x, from, from + n).sum() / n;
    double squares = 0;
    for (int i = from; i < from + n; i++) {
      squares += (x[i] - mean) * (x[i] - mean);
    }
    double factor = 1 / Math.sqrt(squares / n + epsilon);
    for (int i = from; i < from + n; i++) {
      x[i] = (x[i] - mean) * factor;
    }
  }

  static Tensor acrossChannels(Lrn op, Tensor t) {
    double[] x = t.toDoubles();
    double[] out = new double[x.length];
    Line line = Line.along(t.shape(), 1);
    for (int o = 0; o < line.outer(); o++) {
      for (int c = 0; c < line.extent(); c++) {
        int begin = Math.max(0, c - (op.size() - 1) / 2);
        int end = Math.min(line.extent() - 1, c + op.size() / 2);
        for (int i = 0; i < line.inner(); i++) {
          double squares = 0;
          for (int k = begin; k <= end; k++) {
            squares += x[line.at(o, k, i)] * x[line.at(o, k, i)];
          }
          int at = line.at(o, c, i);
          out[at] = x[at] / Math.pow(op.bias() + op.alpha() / op.size() * squares, op.beta());
        }
      }
    }
    return Tensor.of(t.type(), out);
  }
}
