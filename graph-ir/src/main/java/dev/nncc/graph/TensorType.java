package dev.nncc.graph;

/** Element type and shape of a value; prints as {@code f32[1,3,224,224]}. */
public record TensorType(DType dtype, Shape shape) {
  public static TensorType of(DType dtype, long... extents) {
    return new TensorType(dtype, Shape.of(extents));
  }

  public int rank() {
    return shape.rank();
  }

  public long dim(int axis) {
    return shape.dim(axis);
  }

  public TensorType withShape(Shape newShape) {
    return new TensorType(dtype, newShape);
  }

  public TensorType withDtype(DType newDtype) {
    return new TensorType(newDtype, shape);
  }

  /** Bytes of the compact row-major tensor. */
  public long bytes() {
    return Math.multiplyExact(shape.elements(), dtype.bytes());
  }

  @Override
  public String toString() {
    return dtype.text() + shape;
  }
}
