package dev.nncc.codegen.llvm.plan;

/**
 * How often a loop runs.
 *
 * @param bound the number, or its upper bound when {@code slot} is not -1
 * @param slot the slot of the dims table that holds the number; -1 for a constant
 */
public record Extent(long bound, int slot) {
  public Extent {
    if (bound < 0 || slot < -1) {
      throw new IllegalArgumentException("extent bound " + bound + ", slot " + slot);
    }
  }

  public static Extent of(long extent) {
    return new Extent(extent, -1);
  }
}
