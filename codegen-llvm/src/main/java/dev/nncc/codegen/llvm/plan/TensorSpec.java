package dev.nncc.codegen.llvm.plan;

import java.util.List;

/**
 * An input or output of the library: row-major, compact.
 *
 * @param dims each dim, at most 8
 */
public record TensorSpec(String name, ElementType type, List<Dim> dims) {
  /** The greatest rank that crosses the boundary ({@code NNCC_MAX_RANK}). */
  public static final int MAX_RANK = 8;

  public TensorSpec {
    dims = List.copyOf(dims);
    if (dims.size() > MAX_RANK) {
      throw new IllegalArgumentException(name + " has rank " + dims.size() + ", at most 8");
    }
  }

  /** A tensor of fixed shape. */
  public static TensorSpec of(String name, ElementType type, long... dims) {
    return new TensorSpec(name, type, java.util.Arrays.stream(dims).mapToObj(Dim::of).toList());
  }

  /** Bytes at the upper bounds. */
  public long bytes() {
    long bytes = type.bytes();
    for (Dim d : dims) {
      bytes = Math.multiplyExact(bytes, d.bound());
    }
    return bytes;
  }

  /**
   * One extent.
   *
   * @param bound the extent, or its upper bound when {@code slot} is not -1
   * @param slot where the context keeps the extent of a run; -1 for a constant
   */
  public record Dim(long bound, int slot) {
    public Dim {
      if (bound < 0 || slot < -1) {
        throw new IllegalArgumentException("dim bound " + bound + ", slot " + slot);
      }
    }

    public static Dim of(long extent) {
      return new Dim(extent, -1);
    }
  }
}
