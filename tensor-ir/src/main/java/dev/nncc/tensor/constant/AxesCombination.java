package dev.nncc.tensor.constant;

import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * New elements along the last axes of a tensor, each a fixed linear combination of the old ones
 * (filters in the frequencies of a minimal filtering algorithm). Computed in f64 and rounded once.
 *
 * @param axes how many of the last axes are replaced
 * @param shape what replaces them
 * @param rows for each new element, in row-major order, the factors of the old ones
 */
public record AxesCombination(int axes, List<Long> shape, List<List<Double>> rows)
    implements Combination {
  /** Slices at a time. */
  private static final int CHUNK = 256;

  public AxesCombination {
    shape = List.copyOf(shape);
    rows = rows.stream().map(List::copyOf).toList();
  }

  /** Of the last two axes: every pair of a row of the one matrix and a row of the other. */
  public static AxesCombination ofPairs(List<List<Double>> first, List<List<Double>> second) {
    List<Long> shape = List.of((long) first.size(), (long) second.size());
    return new AxesCombination(2, shape, Sums.ofPairs(first, second));
  }

  @Override
  public Shape of(Shape source) {
    List<Long> dims = new ArrayList<>();
    for (int d = 0; d < source.rank() - axes; d++) {
      dims.add(source.dim(d));
    }
    dims.addAll(shape);
    return Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
  }

  @Override
  public long[] strides(Shape source) {
    int kept = source.rank() - axes;
    long[] inner = Shape.of(shape.stream().mapToLong(Long::longValue).toArray()).strides();
    long[] old = source.strides();
    long[] strides = new long[kept + inner.length];
    for (int d = 0; d < kept; d++) {
      strides[d] = old[d] / rows.get(0).size();
    }
    for (int d = 0; d < inner.length; d++) {
      strides[kept + d] = inner[d] * slices(source);
    }
    return strides;
  }

  private long slices(Shape source) {
    return source.elements() / rows.get(0).size();
  }

  /**
   * All elements, f32: of the first row all, then of the second, since kernels read all of one
   * frequency before the next.
   */
  @Override
  public ByteBuffer apply(Tensor source) {
    int old = rows.get(0).size();
    int slices = Math.toIntExact(slices(source.shape()));
    ByteBuffer bytes =
        TensorBuilder.allocate((long) slices * rows.size() * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    FloatBuffer out = bytes.asFloatBuffer();
    Tensor.Elements in = source.reader();
    double[] taps = new double[CHUNK * old];
    double[][] x = new double[old][CHUNK];
    for (int s = 0; s < slices; s += CHUNK) {
      int n = Math.min(CHUNK, slices - s);
      in.numbers((long) s * old, taps, n * old);
      for (int k = 0; k < old; k++) {
        spread(taps, k, old, x[k], n);
      }
      for (int r = 0; r < rows.size(); r++) {
        out.put(r * slices + s, Sums.rounded(rows.get(r), x), 0, n);
      }
    }
    return bytes;
  }

  @Override
  public Terms terms(Packed packed) {
    Shape source = packed.source().shape();
    int kept = source.rank() - axes;
    List<Integer> choices = new ArrayList<>();
    for (int a = kept; a < source.rank(); a++) {
      for (int k = 0; k < packed.map().size(); k++) {
        if (packed.map().get(k).get(a) != 0) {
          choices.add(k);
        }
      }
    }
    List<Long> all = choices.stream().map(packed.extents()::get).toList();
    if (!all.equals(shape)) {
      throw new IllegalArgumentException(all + " of " + shape + " combinations");
    }
    List<Long> extents = new ArrayList<>();
    List<List<Long>> map = new ArrayList<>();
    for (int a = kept; a < source.rank(); a++) {
      List<Long> unit = new ArrayList<>(Collections.nCopies(source.rank(), 0L));
      unit.set(a, 1L);
      extents.add(source.dim(a));
      map.add(unit);
    }
    return new Terms(choices, rows, extents, map);
  }

  private static void spread(double[] from, int first, int step, double[] to, int n) {
    for (int i = 0; i < n; i++) {
      to[i] = from[first + i * step];
    }
  }
}
