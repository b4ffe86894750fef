package dev.nncc.tensor.constant;

import dev.nncc.graph.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

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

  private final Packed packed;
  private final ByteBuffer source;
  private final ByteBuffer out = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
  private final Sink to;
  private final long[] shape;
  private final long[] strides;
  private final int size;

  private Packer(Packed packed, Sink to) {
    this.packed = packed;
    Tensor from = packed.combination().map(c -> c.apply(packed.source())).orElse(packed.source());
    this.source = from.payload().bytes();
    this.to = to;
    this.shape = from.shape().toArray();
    this.strides = from.shape().strides();
    this.size = packed.dtype().bytes();
  }

  /** Writes all bytes of the packed constant. */
  public static void write(Packed packed, Sink to) throws IOException {
    Packer p = new Packer(packed, to);
    if (packed.isPlain()) {
      to.write(p.source);
      return;
    }
    long[] at = packed.base().stream().mapToLong(Long::longValue).toArray();
    p.axis(0, at);
    p.flush();
  }

  private void axis(int k, long[] at) throws IOException {
    List<Long> extents = packed.extents();
    if (k == extents.size()) {
      element(at);
      return;
    }
    long[] here = at.clone();
    List<Long> step = packed.map().get(k);
    for (long i = 0, n = extents.get(k); i < n; i++) {
      axis(k + 1, here);
      for (int a = 0; a < here.length; a++) {
        here[a] += step.get(a);
      }
    }
  }

  private void element(long[] at) throws IOException {
    if (out.remaining() < size) {
      flush();
    }
    long index = 0;
    for (int a = 0; a < at.length; a++) {
      if (at[a] < 0 || at[a] >= shape[a]) {
        zero();
        return;
      }
      index += at[a] * strides[a];
    }
    int i = Math.toIntExact(index * size);
    switch (size) {
      case 8 -> out.putLong(source.getLong(i));
      case 4 -> out.putInt(source.getInt(i));
      case 2 -> out.putShort(source.getShort(i));
      default -> out.put(source.get(i));
    }
  }

  private void zero() {
    for (int b = 0; b < size; b++) {
      out.put((byte) 0);
    }
  }

  private void flush() throws IOException {
    out.flip();
    to.write(out);
    out.clear();
  }
}
