package dev.nncc.tensor.lower;

import dev.nncc.graph.Value;
import dev.nncc.tensor.constant.Packed;

/** What a kernel argument points to. */
public sealed interface Argument {
  /**
   * The allocation that holds a value of the graph; the buffer's offset is relative to its start.
   */
  record OfValue(Value value) implements Argument {}

  /** A constant in the form the kernel reads. */
  record OfConstant(Packed packed) implements Argument {}

  /** The context's fault word, i32: not zero when data held an index outside its tensor. */
  record OfFault() implements Argument {}

  /** Plan memory between the phases of one node, told apart by {@code id}. */
  record OfScratch(int id, long bytes) implements Argument {}
}
