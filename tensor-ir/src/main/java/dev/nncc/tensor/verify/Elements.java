package dev.nncc.tensor.verify;

import dev.nncc.tensor.ir.Buffer;

/** The memory positions of a buffer's elements, as runs: for checks that look at every element. */
final class Elements {
  /** {@code count} elements from position {@code start} on, relative to the buffer's address. */
  interface Run {
    void at(long start, long count);
  }

  private Elements() {}

  /** The elements inside the shape. */
  static void inside(Buffer b, Run to) {
    walk(b, 0, b.offset(), false, to);
  }

  /** The elements of the border. */
  static void border(Buffer b, Run to) {
    if (b.lo().stream().anyMatch(n -> n != 0) || b.hi().stream().anyMatch(n -> n != 0)) {
      outside(b, 0, b.offset(), to);
    }
  }

  /** All elements below an index of the outer dimensions. */
  private static void walk(Buffer b, int d, long at, boolean withBorder, Run to) {
    if (d == b.rank()) {
      to.at(at, 1);
      return;
    }
    long from = withBorder ? -b.lo().get(d) : 0;
    long end = b.shape().get(d) + (withBorder ? b.hi().get(d) : 0);
    long stride = b.strides().get(d);
    if (d == b.rank() - 1 && stride == 1) {
      to.at(at + from, end - from);
      return;
    }
    for (long i = from; i < end; i++) {
      walk(b, d + 1, at + i * stride, withBorder, to);
    }
  }

  /** The border below an index of the outer dimensions that is inside. */
  private static void outside(Buffer b, int d, long at, Run to) {
    if (d == b.rank()) {
      return;
    }
    long n = b.shape().get(d);
    for (long i = -b.lo().get(d); i < n + b.hi().get(d); i++) {
      long here = at + i * b.strides().get(d);
      if (i < 0 || i >= n) {
        walk(b, d + 1, here, true, to);
      } else {
        outside(b, d + 1, here, to);
      }
    }
  }

  /** One past the last position of an element or of the border. */
  static long end(Buffer b) {
    return isEmpty(b) ? 0 : b.extentInElements();
  }

  /** The first position of an element or of the border. */
  static long start(Buffer b) {
    if (isEmpty(b)) {
      return 0;
    }
    long at = b.offset();
    for (int d = 0; d < b.rank(); d++) {
      long a = -b.lo().get(d) * b.strides().get(d);
      long z = (b.shape().get(d) + b.hi().get(d) - 1) * b.strides().get(d);
      at += Math.min(a, z);
    }
    return at;
  }

  private static boolean isEmpty(Buffer b) {
    for (int d = 0; d < b.rank(); d++) {
      if (b.lo().get(d) + b.shape().get(d) + b.hi().get(d) == 0) {
        return true;
      }
    }
    return false;
  }
}
