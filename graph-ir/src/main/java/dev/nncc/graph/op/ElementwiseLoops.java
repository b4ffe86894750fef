package dev.nncc.graph.op;

import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Runs a scalar expression over broadcast operands, row by row of the merged innermost axis. */
final class ElementwiseLoops {
  private static final int BLOCK = 1024;

  private ElementwiseLoops() {}

  static Tensor evaluate(ScalarExpr e, List<Tensor> operands, TensorType result) {
    List<DType> types = operands.stream().map(Tensor::dtype).toList();
    int block = (int) Math.max(1, Math.min(BLOCK, result.shape().elements()));
    ScalarProgram program = new ScalarProgram(e, types, block);
    if (program.resultType() != result.dtype()) {
      throw new IllegalStateException(e + " gives " + program.resultType() + ", not " + result);
    }
    TensorBuilder out = new TensorBuilder(result);
    if (result.shape().elements() == 0) {
      return out.build();
    }
    Axes axes = merge(operands, result.shape());
    List<Tensor.Elements> readers = operands.stream().map(Tensor::reader).toList();
    int last = axes.extents.size() - 1;
    long row = axes.extents.get(last);
    long[] at = new long[last + 1];
    long[] offset = new long[operands.size()];
    for (long start = 0, end = result.shape().elements(); start < end; start += row) {
      for (long i = 0; i < row; i += block) {
        int n = (int) Math.min(row - i, block);
        for (int k = 0; k < readers.size(); k++) {
          boolean steps = axes.strides.get(k)[last] != 0;
          load(readers.get(k), offset[k] + (steps ? i : 0), steps, n, program, k, types.get(k));
        }
        program.run(n);
        if (result.dtype().isFloat()) {
          out.set(start + i, program.numbers(), n);
        } else {
          out.set(start + i, program.integers(), n);
        }
      }
      axes.advance(at, offset);
    }
    return out.build();
  }

  private static void load(
      Tensor.Elements from,
      long offset,
      boolean steps,
      int n,
      ScalarProgram program,
      int arg,
      DType type) {
    if (type.isFloat()) {
      double[] to = program.numbers(arg);
      from.numbers(offset, to, steps ? n : 1);
      if (!steps) {
        Arrays.fill(to, 1, Math.max(n, 1), to[0]);
      }
    } else {
      long[] to = program.integers(arg);
      from.integers(offset, to, steps ? n : 1);
      if (!steps) {
        Arrays.fill(to, 1, Math.max(n, 1), to[0]);
      }
    }
  }

  /** Extents of the result and the strides of every operand along them, 0 where it is repeated. */
  private record Axes(List<Long> extents, List<long[]> strides) {
    /** Moves to the next row. */
    void advance(long[] at, long[] offset) {
      for (int a = at.length - 2; a >= 0; a--) {
        at[a]++;
        boolean wraps = at[a] == extents.get(a);
        for (int k = 0; k < offset.length; k++) {
          offset[k] += strides.get(k)[a] * (wraps ? 1 - extents.get(a) : 1);
        }
        if (!wraps) {
          return;
        }
        at[a] = 0;
      }
    }
  }

  /** Neighbouring axes become one where every operand steps through both evenly or not at all. */
  private static Axes merge(List<Tensor> operands, Shape result) {
    List<long[]> full = operands.stream().map(t -> broadcastStrides(t.shape(), result)).toList();
    List<Integer> kept = new ArrayList<>();
    List<Long> extents = new ArrayList<>();
    for (int a = result.rank() - 1; a >= 0; a--) {
      long extent = result.dim(a);
      if (extent == 1) {
        continue;
      }
      if (!kept.isEmpty() && even(full, a, kept.get(0), extents.get(0))) {
        extents.set(0, extents.get(0) * extent);
        continue;
      }
      kept.add(0, a);
      extents.add(0, extent);
    }
    if (kept.isEmpty()) {
      return new Axes(List.of(1L), operands.stream().map(t -> new long[1]).toList());
    }
    List<long[]> strides =
        full.stream().map(s -> kept.stream().mapToLong(a -> s[a]).toArray()).toList();
    return new Axes(extents, strides);
  }

  private static boolean even(List<long[]> strides, int outer, int inner, long innerExtent) {
    return strides.stream().allMatch(s -> s[outer] == s[inner] * innerExtent);
  }

  /** Strides of an operand along the axes of the result. */
  static long[] broadcastStrides(Shape operand, Shape result) {
    long[] own = operand.strides();
    long[] s = new long[result.rank()];
    int shift = result.rank() - operand.rank();
    for (int i = 0; i < own.length; i++) {
      s[i + shift] = operand.dim(i) == 1 ? 0 : own[i];
    }
    return s;
  }
}
