package dev.nncc.tensor.constant;

import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import java.util.ArrayList;
import java.util.List;

/**
 * New elements along the last axes of a tensor, each a fixed linear combination of the old ones
 * (filters in the frequencies of a minimal filtering algorithm). Computed in f64 and rounded once.
 *
 * @param axes how many of the last axes are replaced
 * @param shape what replaces them
 * @param rows for each new element, in row-major order, the factors of the old ones
 */
public record Combination(int axes, List<Long> shape, List<List<Double>> rows) {
  public Combination {
    shape = List.copyOf(shape);
    rows = rows.stream().map(List::copyOf).toList();
  }

  /** Of the last two axes: every pair of a row of the one matrix and a row of the other. */
  public static Combination ofPairs(List<List<Double>> first, List<List<Double>> second) {
    List<List<Double>> rows = new ArrayList<>();
    for (List<Double> p : first) {
      for (List<Double> q : second) {
        List<Double> row = new ArrayList<>();
        p.forEach(x -> q.forEach(y -> row.add(x * y)));
        rows.add(row);
      }
    }
    return new Combination(2, List.of((long) first.size(), (long) second.size()), rows);
  }

  /** The shape that a source has afterwards. */
  public Shape of(Shape source) {
    List<Long> dims = new ArrayList<>();
    for (int d = 0; d < source.rank() - axes; d++) {
      dims.add(source.dim(d));
    }
    dims.addAll(shape);
    return Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
  }

  /** All elements, f32. */
  Tensor apply(Tensor source) {
    TensorBuilder out = new TensorBuilder(new TensorType(DType.F32, of(source.shape())));
    int old = rows.get(0).size();
    double[][] factors =
        rows.stream()
            .map(r -> r.stream().mapToDouble(Double::doubleValue).toArray())
            .toArray(double[][]::new);
    var in = source.reader();
    double[] x = new double[old];
    long slices = source.elements() / old;
    long to = 0;
    for (long s = 0; s < slices; s++) {
      for (int k = 0; k < old; k++) {
        x[k] = in.number(s * old + k);
      }
      for (double[] row : factors) {
        double sum = 0;
        for (int k = 0; k < old; k++) {
          sum += row[k] * x[k];
        }
        out.set(to++, sum);
      }
    }
    return out.build();
  }
}
