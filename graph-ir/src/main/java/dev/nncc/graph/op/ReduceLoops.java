package dev.nncc.graph.op;

import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.ScalarExpr.BinaryFn;
import java.util.Arrays;

/** Reductions: one pass over the operand in memory order. */
final class ReduceLoops {
  private ReduceLoops() {}

  static Tensor evaluate(Reduce op, Tensor x, TensorType result) {
    int[] target = targets(op, x.shape());
    int n = Math.toIntExact(result.shape().elements());
    return x.dtype().isFloat()
        ? floats(op.kind(), x, target, n, result)
        : integers(op.kind(), x, target, n, result);
  }

  /** For each element of x the element of the result that takes it. */
  private static int[] targets(Reduce op, Shape shape) {
    int rank = shape.rank();
    int[] stride = new int[rank];
    int s = 1;
    for (int a = rank - 1; a >= 0; a--) {
      boolean kept = !op.axes().contains(a);
      stride[a] = kept ? s : 0;
      s *= kept ? (int) shape.dim(a) : 1;
    }
    int[] out = {0};
    for (int a = 0; a < rank; a++) {
      int extent = Math.toIntExact(shape.dim(a));
      int[] next = new int[Math.multiplyExact(out.length, extent)];
      for (int i = 0; i < next.length; i++) {
        next[i] = out[i / extent] + i % extent * stride[a];
      }
      out = next;
    }
    return out;
  }

  private static Tensor floats(ReduceKind kind, Tensor x, int[] target, int n, TensorType result) {
    double[] acc = new double[n];
    Arrays.fill(
        acc,
        switch (kind) {
          case SUM, MEAN -> 0;
          case PROD -> 1;
          case MAX -> x.dtype().lowest();
          case MIN -> x.dtype().highest();
        });
    double[] data = x.toDoubles();
    for (int i = 0; i < data.length; i++) {
      int t = target[i];
      acc[t] =
          switch (kind) {
            case SUM, MEAN -> acc[t] + data[i];
            case PROD -> acc[t] * data[i];
            case MAX -> Math.max(acc[t], data[i]);
            case MIN -> Math.min(acc[t], data[i]);
          };
    }
    if (kind == ReduceKind.MEAN) {
      double count = n == 0 ? 1 : (double) data.length / n;
      for (int i = 0; i < n; i++) {
        acc[i] /= count;
      }
    }
    return Tensor.of(result, acc);
  }

  private static Tensor integers(
      ReduceKind kind, Tensor x, int[] target, int n, TensorType result) {
    DType type = x.dtype();
    long[] acc = new long[n];
    Arrays.fill(
        acc,
        switch (kind) {
          case SUM, MEAN -> 0;
          case PROD -> 1;
          case MAX -> Scalars.toInteger(type, type.lowest());
          case MIN -> type == DType.BOOL ? 1 : Scalars.toInteger(type, type.highest());
        });
    BinaryFn fn =
        switch (kind) {
          case SUM, MEAN -> BinaryFn.ADD;
          case PROD -> BinaryFn.MUL;
          case MAX -> BinaryFn.MAX;
          case MIN -> BinaryFn.MIN;
        };
    // Sums for a mean are divided before they are narrowed.
    DType wide = kind == ReduceKind.MEAN ? DType.I64 : type;
    long[] data = x.toLongs();
    for (int i = 0; i < data.length; i++) {
      acc[target[i]] = Scalars.apply(fn, wide, acc[target[i]], data[i]);
    }
    if (kind == ReduceKind.MEAN) {
      long count = n == 0 ? 1 : data.length / n;
      for (int i = 0; i < n; i++) {
        acc[i] = Scalars.apply(BinaryFn.DIV, DType.I64, acc[i], count);
      }
    }
    return Tensor.of(result, acc);
  }

  static Tensor arg(ArgReduce op, Tensor x, TensorType result) {
    Line line = Line.along(x.shape(), op.axis());
    Order order = Order.of(x);
    long[] best = new long[line.outer() * line.inner()];
    for (int o = 0; o < line.outer(); o++) {
      for (int i = 0; i < line.inner(); i++) {
        int b = 0;
        for (int e = 1; e < line.extent(); e++) {
          int c = order.compare(line.at(o, e, i), line.at(o, b, i));
          if (op.max() ? c > 0 : c < 0) {
            b = e;
          } else if (c == 0 && op.last()) {
            b = e;
          }
        }
        best[o * line.inner() + i] = b;
      }
    }
    return Tensor.of(result, best);
  }

  static Tensor cumulative(CumSum op, Tensor x) {
    Line line = Line.along(x.shape(), op.axis());
    boolean floats = x.dtype().isFloat();
    double[] f = floats ? x.toDoubles() : new double[0];
    long[] n = floats ? new long[0] : x.toLongs();
    for (int o = 0; o < line.outer(); o++) {
      for (int i = 0; i < line.inner(); i++) {
        double sum = 0;
        long count = 0;
        for (int e = 0; e < line.extent(); e++) {
          int at = line.at(o, op.reverse() ? line.extent() - 1 - e : e, i);
          if (floats) {
            double before = sum;
            sum += f[at];
            f[at] = op.exclusive() ? before : sum;
          } else {
            long before = count;
            count += n[at];
            n[at] = op.exclusive() ? before : count;
          }
        }
      }
    }
    return floats ? Tensor.of(x.type(), f) : Tensor.of(x.type(), n);
  }

  /** Compares elements of one tensor by index. */
  abstract static class Order {
    abstract int compare(int a, int b);

    /** NaN is above all numbers; the zeros are equal. */
    static Order of(Tensor x) {
      if (x.dtype().isFloat()) {
        double[] v = x.toDoubles();
        return new Order() {
          @Override
          int compare(int a, int b) {
            return v[a] == v[b] ? 0 : Double.compare(v[a], v[b]);
          }
        };
      }
      long[] v = x.toLongs();
      return new Order() {
        @Override
        int compare(int a, int b) {
          return Scalars.compare(x.dtype(), v[a], v[b]);
        }
      };
    }
  }
}
