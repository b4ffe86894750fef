package dev.nncc.codegen.llvm.plan;

/**
 * One pointer that a kernel receives.
 *
 * @param base the memory that it points into
 * @param index which input or output, which word of the context, or which state ({@link #kept});
 *     else 0
 * @param offset bytes from the start of that memory
 */
public record ArgSpec(Base base, int index, long offset) {
  public ArgSpec {
    if (index < 0 || offset < 0) {
      throw new IllegalArgumentException(
          base + " argument with index " + index + ", offset " + offset);
    }
  }

  /** Memories, with the codes of {@code nncc_plan.h}. */
  public enum Base {
    /** Intermediate values of one run. */
    ARENA(0),
    /** The packed constants, read-only. */
    WEIGHTS(1),
    /** What the prepare steps wrote; shared by all contexts, read-only afterwards. */
    PREPARED(2),
    /** Kept from run to run, zero at the start. */
    STATE(3),
    INPUT(4),
    OUTPUT(5),
    /** Index 0: the fault word (i32) that kernels OR 1 into; index 1: the dims table (i64[]). */
    CONTEXT(6);

    private final int code;

    Base(int code) {
      this.code = code;
    }

    /** As in {@code nncc_plan_arg.base}. */
    public int code() {
      return code;
    }
  }

  public static ArgSpec arena(long offset) {
    return new ArgSpec(Base.ARENA, 0, offset);
  }

  public static ArgSpec weights(long offset) {
    return new ArgSpec(Base.WEIGHTS, 0, offset);
  }

  public static ArgSpec prepared(long offset) {
    return new ArgSpec(Base.PREPARED, 0, offset);
  }

  public static ArgSpec state(long offset) {
    return new ArgSpec(Base.STATE, 0, offset);
  }

  /**
   * A state of the library: what a run leaves there ({@code next}), or what it finds. The runtime
   * knows where that is.
   */
  public static ArgSpec kept(int state, boolean next) {
    return new ArgSpec(Base.STATE, 1 + 2 * state + (next ? 1 : 0), 0);
  }

  public static ArgSpec input(int index) {
    return new ArgSpec(Base.INPUT, index, 0);
  }

  public static ArgSpec output(int index) {
    return new ArgSpec(Base.OUTPUT, index, 0);
  }

  /** The word into which a kernel ORs 1 when data holds an index outside its tensor. */
  public static ArgSpec fault() {
    return new ArgSpec(Base.CONTEXT, 0, 0);
  }

  /** The dims table, for kernels that define the extent of a slot. */
  public static ArgSpec dims(int slot) {
    return new ArgSpec(Base.CONTEXT, 1, Math.multiplyExact(8L, slot));
  }
}
