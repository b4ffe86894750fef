package dev.nncc.runtime;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The buffers of one side (inputs or outputs) of a context, in the two forms that native code
 * takes: an array of pointers, and an array of {@code nncc_buffer}.
 */
final class Binding {
  private static final int ALIGNMENT = 64;

  private final String side;
  private final List<TensorInfo> tensors;
  private final List<@Nullable ByteBuffer> buffers;
  private final Block pointers;
  private final Block structs;
  private final Block dims;
  private final List<TensorInfo> largest;
  private boolean shaped;

  /**
   * @param tensors what may be bound
   * @param largest the dims that stand in where none are given
   */
  Binding(String side, List<TensorInfo> tensors, List<TensorInfo> largest) {
    this.side = side;
    this.tensors = tensors;
    this.largest = largest;
    this.buffers = new ArrayList<>(Collections.nCopies(tensors.size(), null));
    this.pointers = Block.of(8 * Math.max(1, tensors.size()));
    this.structs = Block.of(Layout.BUFFER_BYTES * Math.max(1, tensors.size()));
    this.dims = Block.of(8 * Layout.MAX_RANK * Math.max(1, tensors.size()));
    for (int i = 0; i < tensors.size(); i++) {
      structs.putLong(Layout.BUFFER_BYTES * i, Layout.BUFFER_BYTES);
      shaped |= !tensors.get(i).isFixed();
    }
  }

  /** Whether runs go through the checked call, because a dim is chosen at run time. */
  boolean shaped() {
    return shaped;
  }

  int count() {
    return tensors.size();
  }

  long pointers() {
    return pointers.address();
  }

  long structs() {
    return structs.address();
  }

  /** The buffer bound last; a fresh one when there is none yet. */
  ByteBuffer get(int i) {
    TensorInfo t = tensor(i);
    ByteBuffer bound = buffers.get(i);
    if (bound != null) {
      return bound;
    }
    int bytes = size(t.maxBytes());
    ByteBuffer block = ByteBuffer.allocateDirect(bytes + ALIGNMENT);
    int start = ALIGNMENT - (int) (Native.address(block) % ALIGNMENT);
    ByteBuffer fresh = block.slice(start, bytes).order(ByteOrder.nativeOrder());
    set(i, fresh);
    return fresh;
  }

  /** The dims that stand in where none are given. */
  void set(int i, ByteBuffer buffer) {
    set(i, buffer, tensor(i).isFixed() ? tensor(i).dims() : largest.get(i).maxDims());
  }

  /** Checks a buffer of the caller and takes its address. */
  void set(int i, ByteBuffer buffer, List<Long> extents) {
    TensorInfo t = tensor(i);
    long needed = bytes(t, extents);
    if (!buffer.isDirect()) {
      throw new IllegalArgumentException(name(i) + ": the buffer is not direct");
    }
    if (buffer.order() != ByteOrder.nativeOrder()) {
      throw new IllegalArgumentException(
          name(i) + ": the buffer's order must be ByteOrder.nativeOrder()");
    }
    boolean checked = side.equals("input") || t.isFixed(); // else by the run, which knows the dims
    if (checked && buffer.remaining() < needed) {
      throw new IllegalArgumentException(
          String.format(
              "%s: the buffer has %d bytes, the tensor %d", name(i), buffer.remaining(), needed));
    }
    if (side.equals("output") && buffer.isReadOnly()) {
      throw new IllegalArgumentException(name(i) + ": the buffer is read-only");
    }
    long address = Native.address(buffer) + buffer.position();
    if (address % t.dtype().bytes() != 0) {
      throw new IllegalArgumentException(name(i) + ": the buffer is not aligned to its elements");
    }
    buffers.set(i, buffer);
    pointers.putLong(8 * i, address);
    int at = Layout.BUFFER_BYTES * i;
    structs.putLong(at + 8, address).putLong(at + 16, buffer.remaining());
    int first = 8 * Layout.MAX_RANK * i;
    for (int d = 0; d < extents.size(); d++) {
      dims.putLong(first + 8 * d, extents.get(d));
    }
    structs.putLong(at + 24, side.equals("input") ? dims.address() + first : 0);
  }

  /** Binds fresh buffers where nothing is bound. */
  void complete() {
    for (int i = 0; i < buffers.size(); i++) {
      if (buffers.get(i) == null) {
        get(i);
      }
    }
  }

  private long bytes(TensorInfo t, List<Long> extents) {
    if (extents.size() != t.dims().size()) {
      throw new IllegalArgumentException(
          String.format(
              "%s '%s' has rank %d, not %d", side, t.name(), t.dims().size(), extents.size()));
    }
    long bytes = t.dtype().bytes();
    for (int d = 0; d < extents.size(); d++) {
      long extent = extents.get(d);
      // Where shapes are chosen at run time the run knows which there are.
      if (t.isFixed() ? extent != t.dims().get(d) : extent < 0) {
        throw new IllegalArgumentException(
            String.format(
                "%s '%s': dim %d is %d, expected %s", side, t.name(), d, extent, t.maxDims()));
      }
      bytes *= extent;
    }
    return bytes;
  }

  private TensorInfo tensor(int i) {
    if (i < 0 || i >= tensors.size()) {
      throw new IndexOutOfBoundsException(side + " " + i + " of " + tensors.size());
    }
    return tensors.get(i);
  }

  private String name(int i) {
    return side + " " + i + " '" + tensors.get(i).name() + "'";
  }

  private static int size(long bytes) {
    if (bytes > Integer.MAX_VALUE - ALIGNMENT) {
      throw new NnccException(
          Status.UNSUPPORTED, "a tensor of " + bytes + " bytes does not fit a ByteBuffer");
    }
    return (int) bytes;
  }
}
