package dev.nncc.tensor.constant;

import dev.nncc.graph.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/**
 * Streams packed constants in kernel order; holds one buffer of 64 KB, and what a combination
 * makes.
 */
public final class Packer {
  /** Takes the remaining bytes of a buffer; calls come in order. */
  public interface Sink {
    void write(ByteBuffer bytes) throws IOException;
  }

  private static final int CHUNK = 1 << 16;

  private final ByteBuffer source;
  private final ByteBuffer out = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
  private final Sink to;
  private final long[] shape;
  private final long[] strides;

  /** For each packed axis what one step adds to the coordinates, and to the index. */
  private final long[][] steps;

  private final long[] strideOf;
  private final long[] extents;

  /** For each packed axis how far it and those behind it reduce and raise the coordinates. */
  private final long[][] below;

  private final long[][] above;
  private final int size;

  private Packer(Packed packed, Sink to) {
    Tensor old = packed.source();
    Optional<Combination> combination = packed.combination();
    this.source = combination.map(c -> c.apply(old)).orElseGet(() -> old.payload().bytes());
    this.to = to;
    this.shape = combination.map(c -> c.of(old.shape())).orElse(old.shape()).toArray();
    this.strides =
        combination.map(c -> c.strides(old.shape())).orElseGet(() -> old.shape().strides());
    this.size = packed.dtype().bytes();
    this.steps = packed.map().stream().map(Packer::array).toArray(long[][]::new);
    this.strideOf = new long[steps.length];
    for (int k = 0; k < steps.length; k++) {
      strideOf[k] = index(steps[k]);
    }
    this.extents = array(packed.extents());
    this.below = new long[steps.length + 1][shape.length];
    this.above = new long[steps.length + 1][shape.length];
    for (int k = steps.length - 1; k >= 0; k--) {
      for (int a = 0; a < shape.length; a++) {
        long far = (extents[k] - 1) * steps[k][a];
        below[k][a] = below[k + 1][a] + Math.min(far, 0);
        above[k][a] = above[k + 1][a] + Math.max(far, 0);
      }
    }
  }

  /** Writes all bytes of the packed constant. */
  public static void write(Packed packed, Sink to) throws IOException {
    Packer p = new Packer(packed, to);
    if (packed.isPlain()) {
      to.write(p.source);
      return;
    }
    long[] at = array(packed.base());
    if (p.steps.length == 0) {
      p.run(at, new long[at.length], p.index(at), 0, 1);
    } else {
      p.axis(0, at, p.index(at));
    }
    p.flush();
  }

  private static long[] array(List<Long> numbers) {
    return numbers.stream().mapToLong(Long::longValue).toArray();
  }

  private long index(long[] at) {
    long index = 0;
    for (int a = 0; a < at.length; a++) {
      index += at[a] * strides[a];
    }
    return index;
  }

  /** All elements from axis {@code k} on; {@code at} is afterwards what it was before. */
  private void axis(int k, long[] at, long index) throws IOException {
    long extent = extents[k];
    if (isInside(k, at)) {
      box(k, index);
      return;
    }
    if (k == steps.length - 1) {
      run(at, steps[k], index, strideOf[k], extent);
      return;
    }
    for (long i = 0; i < extent; i++) {
      axis(k + 1, at, index + i * strideOf[k]);
      for (int a = 0; a < at.length; a++) {
        at[a] += steps[k][a];
      }
    }
    for (int a = 0; a < at.length; a++) {
      at[a] -= extent * steps[k][a];
    }
  }

  private boolean isInside(int k, long[] at) {
    for (int a = 0; a < at.length; a++) {
      if (at[a] + below[k][a] < 0 || at[a] + above[k][a] >= shape[a]) {
        return false;
      }
    }
    return true;
  }

  /** All elements from axis {@code k} on, none of which is outside the source. */
  private void box(int k, long index) throws IOException {
    if (k == extents.length - 1) {
      copy(index, strideOf[k], extents[k]);
      return;
    }
    for (long i = 0; i < extents[k]; i++) {
      box(k + 1, index + i * strideOf[k]);
    }
  }

  /** The elements at {@code at}, {@code at + step}, ..; zeros where that is outside the source. */
  private void run(long[] at, long[] step, long index, long stride, long count) throws IOException {
    long first = 0;
    long end = count;
    for (int a = 0; a < at.length; a++) {
      long last = shape[a] - 1 - at[a];
      if (step[a] == 0) {
        end = at[a] < 0 || last < 0 ? 0 : end;
      } else if (step[a] > 0) {
        first = Math.max(first, Math.floorDiv(-at[a] + step[a] - 1, step[a]));
        end = Math.min(end, Math.floorDiv(last, step[a]) + 1);
      } else {
        first = Math.max(first, Math.floorDiv(-last - step[a] - 1, -step[a]));
        end = Math.min(end, Math.floorDiv(at[a], -step[a]) + 1);
      }
    }
    if (first >= end) {
      zeros(count);
      return;
    }
    zeros(first);
    copy(index + first * stride, stride, end - first);
    zeros(count - end);
  }

  private void copy(long index, long stride, long count) throws IOException {
    long from = index;
    long left = count;
    while (left > 0) {
      int n = room(left);
      int i = Math.toIntExact(from * size);
      int far = Math.toIntExact(stride * size);
      switch (stride == 1 ? 0 : size) {
        case 8:
          for (int j = 0; j < n; j++, i += far) {
            out.putLong(source.getLong(i));
          }
          break;
        case 4:
          for (int j = 0; j < n; j++, i += far) {
            out.putInt(source.getInt(i));
          }
          break;
        case 2:
          for (int j = 0; j < n; j++, i += far) {
            out.putShort(source.getShort(i));
          }
          break;
        case 1:
          for (int j = 0; j < n; j++, i += far) {
            out.put(source.get(i));
          }
          break;
        default:
          out.put(out.position(), source, i, n * size);
          out.position(out.position() + n * size);
          break;
      }
      from += n * stride;
      left -= n;
    }
  }

  private void zeros(long count) throws IOException {
    long left = count;
    while (left > 0) {
      int n = room(left);
      for (int b = 0; b < n * size; b++) {
        out.put((byte) 0);
      }
      left -= n;
    }
  }

  /** How many of so many elements fit into the buffer; one at least. */
  private int room(long wanted) throws IOException {
    if (out.remaining() < size) {
      flush();
    }
    return (int) Math.min(wanted, out.remaining() / size);
  }

  private void flush() throws IOException {
    out.flip();
    to.write(out);
    out.clear();
  }
}
