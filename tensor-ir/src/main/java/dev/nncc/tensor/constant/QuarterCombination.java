package dev.nncc.tensor.constant;

import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
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
    double[] sums = new double[Math.toIntExact(width)];
    for (List<Double> factors : rows) {
      for (long r = 0; r < height; r++) {
        Arrays.fill(sums, 0);
        for (int q = 0; q < factors.size(); q++) {
          add(sums, factors.get(q), in, source.shape(), r + q / 2 * height, q % 2 * width);
        }
        for (double sum : sums) {
          out.put((float) sum);
        }
      }
    }
    return bytes;
  }

  private void add(double[] sums, double f, Tensor.Elements in, Shape s, long row, long column) {
    long count = f == 0 || row >= s.dim(0) ? 0 : Math.min(width, s.dim(1) - column);
    for (int c = 0; c < count; c++) {
      sums[c] += f * in.number(row * s.dim(1) + column + c);
    }
  }
}
