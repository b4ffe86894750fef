package dev.nncc.frontend.onnx;

import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import org.jspecify.annotations.Nullable;

/**
 * What a name of the model stands for while it is imported: a tensor that is known already, or a
 * value that the compiled model will compute. Compared by identity.
 */
final class Operand {
  private final TensorType type;
  private final @Nullable Tensor tensor;
  private String name;

  private Operand(TensorType type, @Nullable Tensor tensor, String name) {
    this.type = type;
    this.tensor = tensor;
    this.name = name;
  }

  static Operand known(String name, Tensor tensor) {
    return new Operand(tensor.type(), tensor, name);
  }

  static Operand computed(String name, TensorType type) {
    return new Operand(type, null, name);
  }

  TensorType type() {
    return type;
  }

  DType dtype() {
    return type.dtype();
  }

  Shape shape() {
    return type.shape();
  }

  int rank() {
    return type.rank();
  }

  long dim(int axis) {
    return type.dim(axis);
  }

  boolean isKnown() {
    return tensor != null;
  }

  /** The tensor, or null while it is computed at run time. */
  @Nullable Tensor tensor() {
    return tensor;
  }

  String name() {
    return name;
  }

  /** The first name given stays: the one nearest to where the value is made. */
  void nameIfNone(String newName) {
    if (name.isEmpty()) {
      name = newName;
    }
  }
}
