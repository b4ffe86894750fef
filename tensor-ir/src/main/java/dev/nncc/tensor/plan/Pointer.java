package dev.nncc.tensor.plan;

/** Where a kernel argument points at run time. */
public sealed interface Pointer {
  /** Byte offset in the run's arena. */
  record Arena(long offset) implements Pointer {}

  /** The caller's buffer of an input. */
  record Input(int index) implements Pointer {}

  /** The caller's buffer of an output. */
  record Output(int index) implements Pointer {}

  /** The context's memory of a state: what a run leaves there, or what it finds. */
  record State(int index, boolean next) implements Pointer {}

  /** The context's fault word. */
  record Fault() implements Pointer {}

  /** Byte offset in the packed constants. */
  record Weights(long offset) implements Pointer {}

  /** Byte offset in what is made of packed constants once, when the library is loaded. */
  record Prepared(long offset) implements Pointer {}
}
