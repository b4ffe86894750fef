package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.onnx.proto.SparseTensorProto;
import dev.nncc.frontend.tensor.TensorProtos;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;

/** Tensors in coordinate form become dense ones. */
final class SparseTensors {
  /** A few bytes of file can declare any dense size; this much is believed. */
  private static final long DENSE_BYTES = 256L << 20;

  private SparseTensors() {}

  static Tensor densify(SparseTensorProto p, ModelFile file) {
    Shape shape = TensorProtos.shape(p.getDimsList());
    Tensor values = file.tensor(p.getValues());
    Tensor indices = file.tensor(p.getIndices());
    TensorType type = new TensorType(values.dtype(), shape);
    require(
        shape.elements() <= DENSE_BYTES / values.dtype().bytes(),
        "sparse tensor %s is above the limit of %d MB when dense",
        type,
        DENSE_BYTES >> 20);
    require(indices.dtype() == DType.I64, "indices are %s, not i64", indices.type());
    long count = values.elements();
    boolean linear = indices.shape().rank() == 1;
    long width = linear ? 1 : shape.rank();
    require(
        values.shape().rank() == 1 && indices.elements() == count * width,
        "%s values have indices %s in a tensor of rank %d",
        values.type(),
        indices.type(),
        shape.rank());

    TensorBuilder b = new TensorBuilder(type);
    Tensor.Elements value = values.reader();
    Tensor.Elements index = indices.reader();
    for (long i = 0; i < count; i++) {
      long at = linear ? index.integer(i) : position(index, i, shape);
      require(at >= 0 && at < shape.elements(), "index %d is outside %s", at, type);
      if (type.dtype().isFloat()) {
        b.set(at, value.number(i));
      } else {
        b.set(at, value.integer(i));
      }
    }
    return b.build();
  }

  private static long position(Tensor.Elements index, long row, Shape shape) {
    long at = 0;
    for (int a = 0; a < shape.rank(); a++) {
      long i = index.integer(row * shape.rank() + a);
      require(i >= 0 && i < shape.dim(a), "index %d is outside axis %d of %s", i, a, shape);
      at = at * shape.dim(a) + i;
    }
    return at;
  }
}
