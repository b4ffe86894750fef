package dev.nncc.tensor.constant;

import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Combinations of the quarters of a matrix, one behind the other along its first axis (factors of
 * an algorithm after Strassen). Quarters begin at multiples of the half sizes; what a quarter lacks
 * of these is zero.
 *
 * @param height half of the first axis, rounded up
 * @param width half of the second axis, rounded up; axes behind it have one element
 * @param rows for each combination, the factors of the quarters: first row left, right, second row
 */
public record QuarterCombination(long height, long width, List<List<Double>> rows)
    implements Combination {
  public QuarterCombination {
    rows = rows.stream().map(List::copyOf).toList();
  }

  @Override
  public Shape of(Shape source) {
    long[] dims = source.toArray();
    dims[0] = rows.size() * height;
    dims[1] = width;
    return Shape.of(dims);
  }

  @Override
  public long[] strides(Shape source) {
    return of(source).strides();
  }

  @Override
  public ByteBuffer apply(Tensor source) {
    ByteBuffer bytes =
        TensorBuilder.allocate(of(source.shape()).elements() * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    FloatBuffer out = bytes.asFloatBuffer();
    Tensor.Elements in = source.reader();
    int n = Math.toIntExact(width);
    double[][] quarters = new double[4][n];
    for (long r = 0; r < height; r++) {
      for (int q = 0; q < 4; q++) {
        read(in, source.shape(), r + q / 2 * height, q % 2 * width, quarters[q]);
      }
      for (int k = 0; k < rows.size(); k++) {
        out.put(Math.toIntExact((k * height + r) * width), Sums.rounded(rows.get(k), quarters));
      }
    }
    return bytes;
  }

  /** A row of a quarter. */
  private static void read(Tensor.Elements in, Shape s, long row, long column, double[] into) {
    int count = row >= s.dim(0) ? 0 : (int) Math.min(into.length, s.dim(1) - column);
    if (count > 0) {
      in.numbers(row * s.dim(1) + column, into, count);
    }
    Arrays.fill(into, Math.max(count, 0), into.length, 0);
  }

  @Override
  public Terms terms(Packed packed) {
    int choice = 0;
    while (packed.extents().get(choice) != rows.size()
        || packed.map().get(choice).get(0) != height) {
      choice++;
    }
    int rank = packed.source().shape().rank();
    List<Long> down = new ArrayList<>(Collections.nCopies(rank, 0L));
    List<Long> right = new ArrayList<>(down);
    down.set(0, height);
    right.set(1, width);
    return new Terms(List.of(choice), rows, List.of(2L, 2L), List.of(down, right));
  }
}
