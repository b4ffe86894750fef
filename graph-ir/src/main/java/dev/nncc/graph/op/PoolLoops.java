package dev.nncc.graph.op;

import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.ArrayList;
import java.util.List;

/** Pooling in three spatial axes, lower ranks padded in front with axes of extent 1. */
final class PoolLoops {
  /** The part of a window that lies within the operand, and how many taps count. */
  private record Window(int first, int step, int taps, int counted) {}

  private final Pool op;
  private final double[] x;
  private final double lowest;
  private final double[] out;
  private final List<List<Window>> windows = new ArrayList<>();
  private final int[] extents = {1, 1, 1};

  private PoolLoops(Pool op, Tensor x, TensorType result) {
    this.op = op;
    this.x = x.toDoubles();
    this.lowest = x.dtype().lowest();
    this.out = new double[Math.toIntExact(result.shape().elements())];
    int n = op.kernel().size();
    for (int i = n; i < 3; i++) {
      windows.add(List.of(new Window(0, 1, 1, 1)));
    }
    for (int i = 0; i < n; i++) {
      extents[3 - n + i] = Math.toIntExact(x.shape().dim(i + 2));
      windows.add(windows(i, x.shape().dim(i + 2), result.dim(i + 2)));
    }
  }

  static Tensor evaluate(Pool op, Tensor x, TensorType result) {
    PoolLoops loops = new PoolLoops(op, x, result);
    int plane = loops.extents[0] * loops.extents[1] * loops.extents[2];
    int planes = plane == 0 ? 0 : loops.x.length / plane;
    int at = 0;
    for (int p = 0; p < planes; p++) {
      for (Window d : loops.windows.get(0)) {
        for (Window h : loops.windows.get(1)) {
          for (Window w : loops.windows.get(2)) {
            loops.out[at++] = loops.one(p * plane, d, h, w);
          }
        }
      }
    }
    return Tensor.of(result, loops.out);
  }

  private List<Window> windows(int i, long in, long out) {
    long d = op.dilations().get(i);
    long kernel = op.kernel().get(i);
    List<Window> all = new ArrayList<>();
    for (long o = 0; o < out; o++) {
      long begin = o * op.strides().get(i) - op.padsBegin().get(i);
      long skipped = begin >= 0 ? 0 : Math.min(kernel, (-begin + d - 1) / d);
      long first = begin + skipped * d;
      long taps = taps(first, in, d, kernel - skipped);
      // Padding counts, what ceilMode adds behind it does not.
      long counted = op.countPad() ? taps(begin, in + op.padsEnd().get(i), d, kernel) : taps;
      all.add(new Window((int) first, (int) d, (int) taps, (int) counted));
    }
    return all;
  }

  private static long taps(long first, long end, long step, long most) {
    return first >= end ? 0 : Math.min(most, (end - first + step - 1) / step);
  }

  private double one(int base, Window d, Window h, Window w) {
    boolean max = op.kind() == PoolKind.MAX;
    double v = max ? lowest : 0;
    for (int i = 0; i < d.taps; i++) {
      for (int j = 0; j < h.taps; j++) {
        int row = (d.first + i * d.step) * extents[1] + h.first + j * h.step;
        int at = base + row * extents[2] + w.first;
        for (int k = 0; k < w.taps; k++) {
          v = max ? Math.max(v, x[at + k * w.step]) : v + x[at + k * w.step];
        }
      }
    }
    return max ? v : v / ((double) d.counted * h.counted * w.counted);
  }
}
