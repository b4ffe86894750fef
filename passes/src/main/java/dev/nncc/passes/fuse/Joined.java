package dev.nncc.passes.fuse;

import dev.nncc.graph.Dim;
import dev.nncc.graph.Payload;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.nio.ByteBuffer;
import java.util.List;

/** Constants put behind each other along an axis, when somebody reads them. */
final class Joined {
  private Joined() {}

  static Tensor along(int axis, List<Tensor> parts) {
    TensorType first = parts.get(0).type();
    long extent = parts.stream().mapToLong(t -> t.type().dim(axis)).sum();
    TensorType type = first.withShape(first.shape().withDim(axis, Dim.of(extent)));
    long rows = 1;
    for (int i = 0; i < axis; i++) {
      rows *= type.dim(i);
    }
    long count = rows;
    return new Tensor(type, Payload.lazy(type.bytes(), () -> bytes(parts, count, type.bytes())));
  }

  private static ByteBuffer bytes(List<Tensor> parts, long rows, long size) {
    ByteBuffer out = ByteBuffer.allocateDirect(Math.toIntExact(size));
    List<ByteBuffer> sources = parts.stream().map(t -> t.payload().bytes()).toList();
    for (int row = 0; row < rows; row++) {
      for (ByteBuffer source : sources) {
        int length = Math.toIntExact(source.capacity() / rows);
        out.put(source.slice(row * length, length));
      }
    }
    return out.flip();
  }
}
