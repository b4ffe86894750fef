package dev.nncc.codegen.llvm.plan;

/**
 * Sizes of a library's memories in bytes.
 *
 * @param weights packed constants
 * @param arena intermediate values, of the profile that needs most
 * @param prepared what the prepare steps write
 * @param state what survives a run
 * @param scratch of each worker, 64-byte aligned
 * @param weightFile name of the file beside the library that holds the weights, for libraries that
 *     would exceed 2 GB; empty: they are in an object with symbol {@code nncc_weights}
 */
public record MemorySpec(
    long weights, long arena, long prepared, long state, long scratch, String weightFile) {
  public MemorySpec {
    if (weights < 0 || arena < 0 || prepared < 0 || state < 0 || scratch < 0) {
      throw new IllegalArgumentException("negative size");
    }
    if (weightFile.contains("/")) {
      throw new IllegalArgumentException("the weights lie beside the library: " + weightFile);
    }
  }

  /** With the weights in the library. */
  public MemorySpec(long weights, long arena, long prepared, long state, long scratch) {
    this(weights, arena, prepared, state, scratch, "");
  }
}
