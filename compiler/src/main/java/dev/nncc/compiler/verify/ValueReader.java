package dev.nncc.compiler.verify;

import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.tensor.storage.Storage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Values out of the storage in which kernels leave them: blocks, borders and views. */
final class ValueReader {
  private final int size;
  private final long[][] places;
  private final long offset;

  private ValueReader(TensorType type, Storage storage) {
    this.size = type.dtype().bytes();
    this.offset = storage.offset();
    int rank = type.rank();
    places = new long[rank][];
    for (int axis = 0; axis < rank; axis++) {
      places[axis] = new long[Math.toIntExact(type.dim(axis))];
      long stride = storage.strides().get(axis);
      for (int i = 0; i < places[axis].length; i++) {
        boolean blocks = axis == storage.blockAxis();
        places[axis][i] =
            blocks
                ? i / Storage.BLOCK * stride + i % Storage.BLOCK * storage.strides().get(rank)
                : i * stride;
      }
    }
  }

  /**
   * A compact copy.
   *
   * @param memory the allocation that the storage is laid over, from its start
   */
  static Tensor read(TensorType type, Storage storage, ByteBuffer memory) {
    ByteBuffer out =
        ByteBuffer.allocate(Math.toIntExact(type.bytes())).order(ByteOrder.LITTLE_ENDIAN);
    if (out.capacity() > 0) {
      new ValueReader(type, storage).copy(memory, 0, 0, out);
    }
    return Tensor.of(type, out.clear());
  }

  private void copy(ByteBuffer memory, int axis, long at, ByteBuffer out) {
    if (axis == places.length) {
      int from = Math.toIntExact((offset + at) * size);
      for (int b = 0; b < size; b++) {
        out.put(memory.get(from + b));
      }
      return;
    }
    for (long place : places[axis]) {
      copy(memory, axis + 1, at + place, out);
    }
  }
}
