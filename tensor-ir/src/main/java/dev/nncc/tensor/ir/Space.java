package dev.nncc.tensor.ir;

/** Where a buffer lives. */
public enum Space {
  /** A kernel argument; read-only ones are those never written. */
  GLOBAL,
  /**
   * Scratch of one worker, part of the {@code scratch} argument, 64-byte aligned; undefined at
   * first.
   */
  LOCAL,
  /**
   * Registers of one worker: every index must be constant after unrolling, up to the vector loop.
   */
  REG,
  /** A table of numbers known at compile time: the load is the number. */
  CONST
}
