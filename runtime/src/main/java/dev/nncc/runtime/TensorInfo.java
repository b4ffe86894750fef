package dev.nncc.runtime;

import java.util.List;

/**
 * An input or output; row-major.
 *
 * @param dims each extent; -1 where a run chooses it, up to {@code maxDims}, or by its profile
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

  /** Whether a run may give the tensor these dims. */
  public boolean accepts(List<Long> extents) {
    if (extents.size() != dims.size()) {
      return false;
    }
    for (int d = 0; d < dims.size(); d++) {
      long extent = extents.get(d);
      boolean fits =
          dims.get(d) < 0 ? extent >= 0 && extent <= maxDims.get(d) : extent == dims.get(d);
      if (!fits) {
        return false;
      }
    }
    return true;
  }

  boolean isFixed() {
    return !dims.contains(-1L);
  }
}
