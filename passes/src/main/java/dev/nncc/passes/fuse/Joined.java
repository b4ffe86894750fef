package dev.nncc.passes.fuse;

import dev.nncc.graph.Dim;
import dev.nncc.graph.Payload;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.nio.ByteBuffer;
import java.util.List;

/** Constants put behind each other along an axis, when somebody reads them; zeros between them. */
final class Joined {
  private Joined() {}

  /**
   * @param starts where each part begins, and behind them the whole extent
   */
  static Tensor along(int axis, List<Tensor> parts, List<Long> starts) {
    TensorType first = parts.get(0).type();
    long extent = starts.get(parts.size());
    TensorType type = first.withShape(first.shape().withDim(axis, Dim.of(extent)));
    long rows = 1;
    for (int i = 0; i < axis; i++) {
      rows *= type.dim(i);
    }
    long count = rows;
    long unit = type.dtype().bytes();
    for (int i = axis + 1; i < type.rank(); i++) {
      unit *= type.dim(i);
    }
    long width = unit;
    List<Long> at = starts.stream().map(s -> s * width).toList();
    return new Tensor(type, Payload.lazy(type.bytes(), () -> bytes(parts, at, count)));
  }

  /**
   * @param starts of the parts in each row, in bytes, and the length of the row
   */
  private static ByteBuffer bytes(List<Tensor> parts, List<Long> starts, long rows) {
    int width = Math.toIntExact(starts.get(parts.size()));
    ByteBuffer out = ByteBuffer.allocateDirect(Math.toIntExact(rows * width));
    List<ByteBuffer> sources = parts.stream().map(t -> t.payload().bytes()).toList();
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < sources.size(); i++) {
        int length = Math.toIntExact(sources.get(i).capacity() / rows);
        int at = Math.toIntExact((long) row * width + starts.get(i));
        out.put(at, sources.get(i), row * length, length);
      }
    }
    return out;
  }
}
