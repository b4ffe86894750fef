package dev.nncc.tensor.placement;

/** The memory that a value's storage is laid over. */
public sealed interface Home {
  /** The caller's buffer of input {@code index}. */
  record Input(int index) implements Home {}

  /** The caller's buffer of output {@code index}. */
  record Output(int index) implements Home {}

  /** What the context keeps: {@code next} is what a run leaves, else what it finds. */
  record State(int index, boolean next) implements Home {}

  /** Memory of the run, placed by the memory plan; {@code id} tells allocations apart. */
  record Arena(int id) implements Home {}
}
