package dev.nncc.models.zoo;

/**
 * Parameters of a two-dimensional convolution. {@link #of} starts with stride 1, zero padding that
 * keeps the extent for odd kernels, one group, no bias.
 */
record Conv(
    int out, int kernelH, int kernelW, int stride, int padH, int padW, int groups, boolean bias) {
  static Conv of(int out, int kernel) {
    return of(out, kernel, kernel);
  }

  static Conv of(int out, int kernelH, int kernelW) {
    return new Conv(out, kernelH, kernelW, 1, kernelH / 2, kernelW / 2, 1, false);
  }

  /** One filter a channel. */
  static Conv depthwise(int channels, int kernel) {
    return new Conv(channels, kernel, kernel, 1, kernel / 2, kernel / 2, channels, false);
  }

  Conv stride(int value) {
    return new Conv(out, kernelH, kernelW, value, padH, padW, groups, bias);
  }

  Conv pad(int value) {
    return new Conv(out, kernelH, kernelW, stride, value, value, groups, bias);
  }

  /** No padding. */
  Conv valid() {
    return pad(0);
  }

  Conv biased() {
    return new Conv(out, kernelH, kernelW, stride, padH, padW, groups, true);
  }
}
