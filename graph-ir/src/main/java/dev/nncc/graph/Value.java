package dev.nncc.graph;

/**
 * A tensor that flows through a graph: a graph input or a result of one node.
 *
 * @param id unique within its graph (sub-graphs have numbers of their own)
 * @param name what the model calls it, for people; not unique, may be empty
 */
public record Value(int id, String name, TensorType type) {
  public Shape shape() {
    return type.shape();
  }

  public DType dtype() {
    return type.dtype();
  }

  /** By the number alone, which is what tells the values of a graph apart: maps of them are hot. */
  @Override
  public int hashCode() {
    return id;
  }

  @Override
  public String toString() {
    return (name.isEmpty() ? "" : name + ":") + "%" + id;
  }
}
