package dev.nncc.tensor.ir;

import dev.nncc.graph.DType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Typed storage seen through an index space. Index {@code i} of dimension {@code d} may run from
 * {@code -lo[d]} to {@code shape[d] + hi[d] - 1}; element {@code (i0, i1, ..)} lies at {@code
 * offset + sum(i_d * stride_d)} elements from the argument's address. {@code offset} includes the
 * halo: it is the position of index (0, .., 0). A view is a buffer over the same argument memory
 * with other strides and offset.
 *
 * <p>Halo elements hold {@code fill}: whoever owns the memory writes it once; kernels write the
 * interior only.
 *
 * @param strides in elements, may be 0 (broadcast) or negative
 * @param values the table of a {@code CONST} buffer in row-major order, else empty
 */
public record Buffer(
    String name,
    DType type,
    Space space,
    List<Long> shape,
    List<Long> lo,
    List<Long> hi,
    List<Long> strides,
    long offset,
    double fill,
    List<Double> values) {

  public Buffer {
    shape = List.copyOf(shape);
    lo = List.copyOf(lo);
    hi = List.copyOf(hi);
    strides = List.copyOf(strides);
    values = List.copyOf(values);
    int rank = shape.size();
    if (lo.size() != rank || hi.size() != rank || strides.size() != rank) {
      throw new IllegalArgumentException("buffer " + name + ": ranks differ");
    }
  }

  /** Row-major without halo. */
  public static Buffer of(String name, DType type, Space space, List<Long> shape) {
    List<Long> none = Collections.nCopies(shape.size(), 0L);
    return new Buffer(name, type, space, shape, none, none, rowMajor(shape), 0, 0, List.of());
  }

  /** Row-major over shape plus halo. */
  public static Buffer padded(
      String name,
      DType type,
      Space space,
      List<Long> shape,
      List<Long> lo,
      List<Long> hi,
      double fill) {
    List<Long> whole = new ArrayList<>();
    for (int d = 0; d < shape.size(); d++) {
      whole.add(shape.get(d) + lo.get(d) + hi.get(d));
    }
    List<Long> strides = rowMajor(whole);
    long offset = 0;
    for (int d = 0; d < shape.size(); d++) {
      offset += lo.get(d) * strides.get(d);
    }
    return new Buffer(name, type, space, shape, lo, hi, strides, offset, fill, List.of());
  }

  public static Buffer table(String name, DType type, List<Long> shape, List<Double> values) {
    List<Long> none = Collections.nCopies(shape.size(), 0L);
    return new Buffer(name, type, Space.CONST, shape, none, none, rowMajor(shape), 0, 0, values);
  }

  public static List<Long> rowMajor(List<Long> shape) {
    List<Long> s = new ArrayList<>(Collections.nCopies(shape.size(), 0L));
    long n = 1;
    for (int d = shape.size() - 1; d >= 0; d--) {
      s.set(d, n);
      n = Math.multiplyExact(n, shape.get(d));
    }
    return s;
  }

  public int rank() {
    return shape.size();
  }

  public Buffer withName(String newName) {
    return new Buffer(newName, type, space, shape, lo, hi, strides, offset, fill, values);
  }

  /**
   * One past the highest element position reached by any legal index; the lowest is 0 or above for
   * a buffer that owns its memory.
   */
  public long extentInElements() {
    long end = offset;
    for (int d = 0; d < rank(); d++) {
      long a = -lo.get(d) * strides.get(d);
      long b = (shape.get(d) + hi.get(d) - 1) * strides.get(d);
      end += Math.max(a, b);
    }
    return end + 1;
  }
}
