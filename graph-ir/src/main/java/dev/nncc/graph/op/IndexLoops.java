package dev.nncc.graph.op;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.ScalarExpr.BinaryFn;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Operators whose places depend on data. */
final class IndexLoops {
  private IndexLoops() {}

  /** The index counted from the front. */
  private static int resolve(String op, long index, long extent) {
    require(index >= -extent && index < extent, "%s: index %d of %d", op, index, extent);
    return (int) (index < 0 ? index + extent : index);
  }

  static Tensor gather(int axis, Tensor x, Tensor indices, TensorType result) {
    long extent = x.shape().dim(axis);
    int[][] maps = new int[x.shape().rank()][];
    for (int i = 0; i < maps.length; i++) {
      maps[i] = Moves.identity(x.shape().dim(i));
    }
    maps[axis] =
        Arrays.stream(indices.toLongs()).mapToInt(v -> resolve("Gather", v, extent)).toArray();
    return Moves.byMaps(x, maps).reshaped(result.shape());
  }

  /** For each index in order, which element of data it addresses. */
  private static int[] addressed(String op, int axis, Shape data, Tensor indices) {
    long[] at = indices.toLongs();
    long[] strides = data.strides();
    long[] shape = indices.shape().toArray();
    int[] out = new int[at.length];
    for (int i = 0; i < at.length; i++) {
      long offset = resolve(op, at[i], data.dim(axis)) * strides[axis];
      int rest = i;
      for (int a = shape.length - 1; a >= 0; a--) {
        offset += a == axis ? 0 : rest % shape[a] * strides[a];
        rest /= (int) shape[a];
      }
      out[i] = Math.toIntExact(offset);
    }
    return out;
  }

  static Tensor suppress(Tensor candidates, Tensor overlaps) {
    long n = candidates.shape().dim(candidates.shape().rank() - 1);
    long[] may = candidates.toLongs();
    long[] over = overlaps.toLongs();
    long[] stays = new long[may.length];
    for (int at = 0; at < may.length; at++) {
      int i = (int) (at % n);
      boolean hit = false;
      for (int j = 0; j < i; j++) {
        hit |= stays[at - i + j] != 0 && over[(int) (at * n) + j] != 0;
      }
      stays[at] = may[at] != 0 && !hit ? 1 : 0;
    }
    return Tensor.of(candidates.type(), stays);
  }

  static Tensor gatherElements(int axis, Tensor x, Tensor indices, TensorType result) {
    int[] from = addressed("GatherElements", axis, x.shape(), indices);
    return pieces(x, from, 1, result);
  }

  /** For each index tuple, where the slice of data that it addresses begins. */
  private static int[] tuples(String op, int batchDims, Shape data, Tensor indices) {
    int q = indices.shape().rank();
    int k = (int) indices.shape().dim(q - 1);
    long[] at = indices.toLongs();
    long[] strides = data.strides();
    Shape outer = new Shape(indices.shape().dims().subList(0, q - 1));
    int count = Math.toIntExact(outer.elements());
    long perBatch = 1;
    for (int a = batchDims; a < q - 1; a++) {
      perBatch *= outer.dim(a);
    }
    long batch = batchDims == 0 ? 0 : strides[batchDims - 1];
    int[] out = new int[count];
    for (int i = 0; i < count; i++) {
      long offset = batchDims == 0 ? 0 : i / perBatch * batch;
      for (int j = 0; j < k; j++) {
        int axis = batchDims + j;
        offset += resolve(op, at[i * k + j], data.dim(axis)) * strides[axis];
      }
      out[i] = Math.toIntExact(offset);
    }
    return out;
  }

  private static int product(Shape s, int begin) {
    return Line.along(s, begin, s.rank()).extent();
  }

  static Tensor gatherNd(int batchDims, Tensor x, Tensor indices, TensorType result) {
    int[] from = tuples("GatherNd", batchDims, x.shape(), indices);
    int k = (int) indices.shape().dim(indices.shape().rank() - 1);
    return pieces(x, from, product(x.shape(), batchDims + k), result);
  }

  /** Runs of {@code n} elements of x, one after the other. */
  private static Tensor pieces(Tensor x, int[] from, int n, TensorType result) {
    ByteBuffer out = TensorBuilder.allocate(result.bytes());
    ByteBuffer in = x.payload().bytes();
    int size = x.dtype().bytes();
    for (int i = 0; i < from.length; i++) {
      Moves.copy(in, from[i] * size, out, i * n * size, n * size);
    }
    return Tensor.of(result, out);
  }

  static Tensor scatterElements(
      int axis, ScatterKind kind, Tensor x, Tensor indices, Tensor updates) {
    return scatter(kind, x, addressed("ScatterElements", axis, x.shape(), indices), 1, updates);
  }

  static Tensor scatterNd(ScatterKind kind, Tensor x, Tensor indices, Tensor updates) {
    int k = (int) indices.shape().dim(indices.shape().rank() - 1);
    int[] to = tuples("ScatterNd", 0, x.shape(), indices);
    return scatter(kind, x, to, product(x.shape(), k), updates);
  }

  private static Tensor scatter(ScatterKind kind, Tensor x, int[] to, int n, Tensor updates) {
    if (x.dtype().isFloat()) {
      double[] data = x.toDoubles();
      double[] u = updates.toDoubles();
      for (int i = 0; i < u.length; i++) {
        int at = to[i / n] + i % n;
        data[at] = kind == ScatterKind.NONE ? u[i] : Scalars.apply(fn(kind), data[at], u[i]);
      }
      return Tensor.of(x.type(), data);
    }
    long[] data = x.toLongs();
    long[] u = updates.toLongs();
    for (int i = 0; i < u.length; i++) {
      int at = to[i / n] + i % n;
      data[at] =
          kind == ScatterKind.NONE ? u[i] : Scalars.apply(fn(kind), x.dtype(), data[at], u[i]);
    }
    return Tensor.of(x.type(), data);
  }

  private static BinaryFn fn(ScatterKind kind) {
    return switch (kind) {
      case ADD -> BinaryFn.ADD;
      case MUL -> BinaryFn.MUL;
      case MIN -> BinaryFn.MIN;
      case MAX -> BinaryFn.MAX;
      case NONE -> throw new IllegalStateException("NONE overwrites");
    };
  }

  static Tensor oneHot(int axis, long depth, Tensor indices, Tensor values, TensorType result) {
    Line line = Line.along(result.shape(), axis);
    int[] choice = new int[Math.toIntExact(result.shape().elements())];
    long[] at = indices.toLongs();
    for (int i = 0; i < at.length; i++) {
      long e = at[i] < 0 ? at[i] + depth : at[i];
      if (e >= 0 && e < depth) {
        choice[line.at(i / line.inner(), (int) e, i % line.inner())] = 1;
      }
    }
    return Moves.byMaps(values, new int[][] {choice}).reshaped(result.shape());
  }

  static List<Tensor> top(TopK op, Tensor x, List<TensorType> results) {
    Line line = Line.along(x.shape(), op.axis());
    Line out = Line.along(results.get(0).shape(), op.axis());
    ReduceLoops.Order order = ReduceLoops.Order.of(x);
    int[] from = new int[Math.toIntExact(results.get(0).shape().elements())];
    long[] places = new long[from.length];
    for (int o = 0; o < line.outer(); o++) {
      for (int i = 0; i < line.inner(); i++) {
        int row = o;
        int column = i;
        Comparator<Integer> rising =
            (a, b) -> order.compare(line.at(row, a, column), line.at(row, b, column));
        Integer[] sorted = new Integer[line.extent()];
        Arrays.setAll(sorted, e -> e);
        Arrays.sort(sorted, op.largest() ? rising.reversed() : rising);
        for (int e = 0; e < out.extent(); e++) {
          from[out.at(o, e, i)] = line.at(o, sorted[e], i);
          places[out.at(o, e, i)] = sorted[e];
        }
      }
    }
    return List.of(pieces(x, from, 1, results.get(0)), Tensor.of(results.get(1), places));
  }
}
