package dev.nncc.codegen.llvm.plan;

/**
 * Sizes of a library's memories in bytes.
 *
 * @param weights packed constants, in the object that holds symbol {@code nncc_weights}
 * @param arena intermediate values
 * @param prepared what the prepare steps write
 * @param state what survives a run
 * @param scratch of each worker, 64-byte aligned
 */
public record MemorySpec(long weights, long arena, long prepared, long state, long scratch) {
  public MemorySpec {
    if (weights < 0 || arena < 0 || prepared < 0 || state < 0 || scratch < 0) {
      throw new IllegalArgumentException("negative size");
    }
  }
}
