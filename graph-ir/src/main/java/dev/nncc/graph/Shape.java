package dev.nncc.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The extents of a tensor, outermost first. A scalar has rank 0 and one element. */
public record Shape(List<Dim> dims) {
  public static final Shape SCALAR = new Shape(List.of());

  public Shape {
    dims = List.copyOf(dims);
  }

  public static Shape of(long... extents) {
    return new Shape(Arrays.stream(extents).mapToObj(Dim::of).toList());
  }

  public static Shape of(List<Long> extents) {
    return new Shape(extents.stream().map(Dim::of).toList());
  }

  /** The inverse of {@link #toString}. */
  public static Shape parse(String text) {
    ModelException.require(
        text.startsWith("[") && text.endsWith("]"), "a shape is written [2,n]: %s", text);
    String inner = text.substring(1, text.length() - 1);
    return inner.isBlank()
        ? SCALAR
        : new Shape(Arrays.stream(inner.split(",", -1)).map(Dim::parse).toList());
  }

  public int rank() {
    return dims.size();
  }

  /** Extent of an axis (0 .. rank-1); throws when it is not bound. */
  public long dim(int axis) {
    return dims.get(axis).value();
  }

  public boolean isConstant() {
    for (Dim d : dims) {
      if (!d.isConstant()) {
        return false;
      }
    }
    return true;
  }

  /** All extents; throws when one is not bound. */
  public long[] toArray() {
    return dims.stream().mapToLong(Dim::value).toArray();
  }

  /** Number of elements; throws ArithmeticException on overflow. */
  public long elements() {
    long n = 1;
    for (Dim d : dims) {
      n = Math.multiplyExact(n, d.value());
    }
    return n;
  }

  public Shape withDim(int axis, Dim extent) {
    List<Dim> d = new ArrayList<>(dims);
    d.set(axis, extent);
    return new Shape(d);
  }

  /** Row-major strides in elements. */
  public long[] strides() {
    long[] s = new long[rank()];
    long n = 1;
    for (int i = rank() - 1; i >= 0; i--) {
      s[i] = n;
      n *= dim(i);
    }
    return s;
  }

  @Override
  public String toString() {
    return dims.stream().map(Dim::toString).collect(Collectors.joining(",", "[", "]"));
  }
}
