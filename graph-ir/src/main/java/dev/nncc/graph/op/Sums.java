package dev.nncc.graph.op;

import dev.nncc.graph.DType;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;

/**
 * Accumulators for sums of products of the elements of two operands: doubles for floats, longs
 * (that wrap, so that the low bits are right) for integers.
 */
abstract sealed class Sums {
  private Sums() {}

  /** {@code acc[at + i] += a[aAt] * b[bAt + i * bStep]} for i below n. */
  abstract void axpy(int at, int aAt, int bAt, int bStep, int n);

  /** {@code acc[at + i * step] += a[aAt] * b[bAt + i]} for i below n. */
  abstract void spread(int at, int step, int aAt, int bAt, int n);

  /** {@code acc[at + i] += bias[biasAt]} for i below n. */
  abstract void add(int at, Tensor bias, int biasAt, int n);

  /** The sums rounded or wrapped to the type. */
  abstract Tensor result(TensorType type);

  static Sums of(Tensor a, Tensor b, long results) {
    int n = Math.toIntExact(results);
    DType t = a.dtype();
    return t.isFloat()
        ? new Floats(a.toDoubles(), b.toDoubles(), new double[n])
        : new Integers(a.toLongs(), b.toLongs(), new long[n]);
  }

  private static final class Floats extends Sums {
    private final double[] a;
    private final double[] b;
    private final double[] acc;

    Floats(double[] a, double[] b, double[] acc) {
      this.a = a;
      this.b = b;
      this.acc = acc;
    }

    @Override
    void axpy(int at, int aAt, int bAt, int bStep, int n) {
      double f = a[aAt];
      if (bStep == 1) {
        for (int i = 0; i < n; i++) {
          acc[at + i] += f * b[bAt + i];
        }
        return;
      }
      for (int i = 0; i < n; i++) {
        acc[at + i] += f * b[bAt + i * bStep];
      }
    }

    @Override
    void spread(int at, int step, int aAt, int bAt, int n) {
      double f = a[aAt];
      for (int i = 0; i < n; i++) {
        acc[at + i * step] += f * b[bAt + i];
      }
    }

    @Override
    void add(int at, Tensor bias, int biasAt, int n) {
      double v = bias.reader().number(biasAt);
      for (int i = 0; i < n; i++) {
        acc[at + i] += v;
      }
    }

    @Override
    Tensor result(TensorType type) {
      return Tensor.of(type, acc);
    }
  }

  private static final class Integers extends Sums {
    private final long[] a;
    private final long[] b;
    private final long[] acc;

    Integers(long[] a, long[] b, long[] acc) {
      this.a = a;
      this.b = b;
      this.acc = acc;
    }

    @Override
    void axpy(int at, int aAt, int bAt, int bStep, int n) {
      for (int i = 0; i < n; i++) {
        acc[at + i] += a[aAt] * b[bAt + i * bStep];
      }
    }

    @Override
    void spread(int at, int step, int aAt, int bAt, int n) {
      for (int i = 0; i < n; i++) {
        acc[at + i * step] += a[aAt] * b[bAt + i];
      }
    }

    @Override
    void add(int at, Tensor bias, int biasAt, int n) {
      long v = bias.reader().integer(biasAt);
      for (int i = 0; i < n; i++) {
        acc[at + i] += v;
      }
    }

    @Override
    Tensor result(TensorType type) {
      return Tensor.of(type, acc);
    }
  }
}
