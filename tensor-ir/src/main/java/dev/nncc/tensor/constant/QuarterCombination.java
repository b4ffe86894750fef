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
 * Combinations of the quarters of a matrix, or of the quarters of these, one behind the other along
 * its first axis (factors of an algorithm after Strassen). They begin at multiples of their sizes;
 * what one lacks of these is zero.
 *
 * @param height of a quarter of the last level
 * @param width of it; axes behind the second have one element
 * @param rows for each combination, the factors of the quarters: first row left, right, second row;
 *     on two levels those of the first quarter, of the second, ..
 */
public record QuarterCombination(long height, long width, List<List<Double>> rows)
    implements Combination {
  public QuarterCombination {
    rows = rows.stream().map(List::copyOf).toList();
  }

  /** The same combinations of quarters on each of some levels. */
  public static QuarterCombination of(
      int levels, long height, long width, List<List<Double>> rows) {
    List<List<Double>> all = rows;
    for (int i = 1; i < levels; i++) {
      all = Sums.ofPairs(all, rows);
    }
    return new QuarterCombination(height, width, all);
  }

  private int quarters() {
    return rows.get(0).size();
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
    double[][] quarters = new double[quarters()][n];
    for (long r = 0; r < height; r++) {
      for (int q = 0; q < quarters.length; q++) {
        read(in, source.shape(), r + down(q) * height, right(q) * width, quarters[q]);
      }
      for (int k = 0; k < rows.size(); k++) {
        out.put(Math.toIntExact((k * height + r) * width), Sums.rounded(rows.get(k), quarters));
      }
    }
    return bytes;
  }

  /**
   * How many quarters of the last level lie above one: its digits are the levels, last to first.
   */
  public static int down(int quarter) {
    return quarter == 0 ? 0 : 2 * down(quarter / 4) + quarter % 4 / 2;
  }

  /** How many lie left of it. */
  public static int right(int quarter) {
    return quarter == 0 ? 0 : 2 * right(quarter / 4) + quarter % 2;
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
    List<List<Long>> map = new ArrayList<>();
    for (int first = quarters() / 4; first > 0; first /= 4) {
      List<Long> down = new ArrayList<>(Collections.nCopies(rank, 0L));
      List<Long> right = new ArrayList<>(down);
      down.set(0, down(2 * first) * height);
      right.set(1, right(first) * width);
      map.add(down);
      map.add(right);
    }
    return new Terms(List.of(choice), rows, Collections.nCopies(map.size(), 2L), map);
  }
}
