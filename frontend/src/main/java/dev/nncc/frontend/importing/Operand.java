package dev.nncc.frontend.importing;

import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import org.jspecify.annotations.Nullable;

/**
 * What a name of the model stands for while it is imported: a tensor that is known already, or a
 * value that the compiled model will compute. Compared by identity.
 */
public final class Operand {
  private final TensorType type;
  private final @Nullable Tensor tensor;
  private String name;

  private Operand(TensorType type, @Nullable Tensor tensor, String name) {
    this.type = type;
    this.tensor = tensor;
    this.name = name;
  }

  public static Operand known(String name, Tensor tensor) {
    return new Operand(tensor.type(), tensor, name);
  }

  public static Operand computed(String name, TensorType type) {
    return new Operand(type, null, name);
  }

  public TensorType type() {
    return type;
  }

  public DType dtype() {
    return type.dtype();
  }

  public Shape shape() {
    return type.shape();
  }

  public int rank() {
    return type.rank();
  }

  public long dim(int axis) {
    return type.dim(axis);
  }

  public boolean isKnown() {
    return tensor != null;
  }

  /** The tensor, or null while it is computed at run time. */
  public @Nullable Tensor tensor() {
    return tensor;
  }

  public String name() {
    return name;
  }

  /** The first name given stays: the one nearest to where the value is made. */
  public void nameIfNone(String newName) {
    if (name.isEmpty()) {
      name = newName;
    }
  }
}
