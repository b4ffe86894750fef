package dev.nncc.graph.op;

import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/** Copies elements as bytes, whatever their type. */
final class Moves {
  /** In an index map: no element, the fill instead. */
  static final int NOWHERE = -1;

  private Moves() {}

  /**
   * The tensor whose element at (i, j, ..) is the operand's at (maps[0][i], maps[1][j], ..), or the
   * fill where a map says {@link #NOWHERE}.
   *
   * @param fill at least one element, read where needed
   */
  static Tensor byMaps(Tensor x, int[][] maps, Tensor fill) {
    Shape shape = Shape.of(Arrays.stream(maps).map(m -> (long) m.length).toList());
    TensorType type = x.type().withShape(shape);
    ByteBuffer out = TensorBuilder.allocate(type.bytes());
    if (shape.elements() > 0) {
      // Trailing axes that stay as they are move as one piece.
      int axes = maps.length;
      int piece = x.dtype().bytes();
      while (axes > 0 && isIdentity(maps[axes - 1], x.shape().dim(axes - 1))) {
        axes--;
        piece = Math.toIntExact(piece * x.shape().dim(axes));
      }
      ByteBuffer border = fill.payload().bytes();
      byte[] element = new byte[x.dtype().bytes()];
      border.get(element);
      new Copy(x, Arrays.copyOf(maps, axes), piece, element, out).run(0, 0);
    }
    return Tensor.of(type, out.rewind());
  }

  /** The same without fill. */
  static Tensor byMaps(Tensor x, int[][] maps) {
    return byMaps(x, maps, Tensor.filled(x.type().withShape(Shape.SCALAR), 0));
  }

  private static boolean isIdentity(int[] map, long extent) {
    if (map.length != extent) {
      return false;
    }
    for (int i = 0; i < map.length; i++) {
      if (map[i] != i) {
        return false;
      }
    }
    return true;
  }

  /** Writes the result front to back, axis by axis. */
  private static final class Copy {
    private final ByteBuffer from;
    private final int[][] maps;
    private final long[] strides;
    private final int piece;
    private final byte[] fill;
    private final ByteBuffer out;

    Copy(Tensor x, int[][] maps, int piece, byte[] fill, ByteBuffer out) {
      this.from = x.payload().bytes();
      this.maps = maps;
      this.strides = x.shape().strides();
      this.piece = piece;
      this.fill = fill;
      this.out = out;
    }

    void run(int axis, long offset) {
      if (axis == maps.length) {
        copy(from, Math.toIntExact(offset * fill.length), out, out.position(), piece);
        out.position(out.position() + piece);
        return;
      }
      for (int i : maps[axis]) {
        if (i == NOWHERE) {
          fillFrom(axis + 1);
        } else {
          run(axis + 1, offset + i * strides[axis]);
        }
      }
    }

    private void fillFrom(int axis) {
      long bytes = piece;
      for (int a = axis; a < maps.length; a++) {
        bytes *= maps[a].length;
      }
      for (long i = 0; i < bytes; i += fill.length) {
        out.put(fill);
      }
    }
  }

  /** Copies bytes between absolute positions; positions and limits stay. */
  static void copy(ByteBuffer from, int at, ByteBuffer to, int toAt, int bytes) {
    switch (bytes) {
      case 1 -> to.put(toAt, from.get(at));
      case 2 -> to.putShort(toAt, from.getShort(at));
      case 4 -> to.putInt(toAt, from.getInt(at));
      case 8 -> to.putLong(toAt, from.getLong(at));
      default -> to.put(toAt, from, at, bytes);
    }
  }

  static int[] identity(long extent) {
    return range(0, 1, extent);
  }

  /** {@code start + i * step} for i below size. */
  static int[] range(long start, long step, long size) {
    int[] m = new int[Math.toIntExact(size)];
    for (int i = 0; i < m.length; i++) {
      m[i] = Math.toIntExact(start + i * step);
    }
    return m;
  }

  static Tensor transpose(Tensor x, List<Integer> perm, TensorType result) {
    long[] own = x.shape().strides();
    long[] strides = perm.stream().mapToLong(a -> own[a]).toArray();
    long[] extents = result.shape().toArray();
    ByteBuffer from = x.payload().bytes();
    ByteBuffer out = TensorBuilder.allocate(result.bytes());
    int size = x.dtype().bytes();
    int rank = extents.length;
    if (rank == 0 || result.shape().elements() == 0) {
      return x.reshaped(result.shape());
    }
    int row = Math.toIntExact(extents[rank - 1]);
    int step = Math.toIntExact(strides[rank - 1]);
    long[] at = new long[rank];
    long offset = 0;
    for (int o = 0, n = Math.toIntExact(result.shape().elements()); o < n; o += row) {
      int base = Math.toIntExact(offset);
      if (step == 1) {
        out.put(o * size, from, base * size, row * size);
      } else {
        for (int i = 0; i < row; i++) {
          copy(from, (base + i * step) * size, out, (o + i) * size, size);
        }
      }
      for (int a = rank - 2; a >= 0; a--) {
        offset += strides[a];
        if (++at[a] < extents[a]) {
          break;
        }
        offset -= strides[a] * extents[a];
        at[a] = 0;
      }
    }
    return Tensor.of(result, out);
  }

  static Tensor concat(List<Tensor> operands, int axis, TensorType result) {
    ByteBuffer out = TensorBuilder.allocate(result.bytes());
    long outer = 1;
    for (int a = 0; a < axis; a++) {
      outer *= result.dim(a);
    }
    List<ByteBuffer> from = operands.stream().map(t -> t.payload().bytes()).toList();
    for (long o = 0; o < outer; o++) {
      for (ByteBuffer b : from) {
        int piece = Math.toIntExact(b.capacity() / outer);
        out.put(b.slice(Math.toIntExact(o * piece), piece));
      }
    }
    return Tensor.of(result, out.rewind().order(ByteOrder.LITTLE_ENDIAN));
  }
}
