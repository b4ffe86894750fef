package dev.nncc.models.zoo;

/**
 * Parameters of a two-dimensional pooling; {@code ceil} lets the last window hang over the edge.
 */
record Pool(int kernel, int stride, int pad, boolean ceil) {
  static Pool of(int kernel, int stride) {
    return new Pool(kernel, stride, 0, false);
  }

  Pool pad(int value) {
    return new Pool(kernel, stride, value, ceil);
  }

  Pool ceiling() {
    return new Pool(kernel, stride, pad, true);
  }

  /** Extent after pooling; a window must start inside the input or its left padding. */
  long extent(long in) {
    long span = in + 2L * pad - kernel;
    long out = (ceil ? Math.floorDiv(span + stride - 1, (long) stride) : span / stride) + 1;
    return ceil && (out - 1) * stride >= in + pad ? out - 1 : out;
  }
}
