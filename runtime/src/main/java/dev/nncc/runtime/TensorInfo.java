package dev.nncc.runtime;

import java.util.List;

/**
 * An input or output; row-major.
 *
 * @param dims each extent; -1 where a run chooses it, up to {@code maxDims}
 * @param maxBytes bytes of the tensor at {@code maxDims}
 */
public record TensorInfo(
    String name, DType dtype, List<Long> dims, List<Long> maxDims, long maxBytes) {
  public TensorInfo {
    dims = List.copyOf(dims);
    maxDims = List.copyOf(maxDims);
  }

  /** Elements at the largest dims. */
  public long maxElements() {
    return maxBytes / dtype.bytes();
  }

  boolean isFixed() {
    return !dims.contains(-1L);
  }
}
