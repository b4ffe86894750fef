package dev.nncc.tensor.storage;

import dev.nncc.graph.DType;
import dev.nncc.graph.Dim;
import dev.nncc.graph.Shape;
import dev.nncc.graph.TensorType;
import dev.nncc.tensor.ir.Buffer;
import dev.nncc.tensor.ir.Expr;
import dev.nncc.tensor.ir.Exprs;
import dev.nncc.tensor.ir.Space;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * How a value lies in memory: element type, order of axes, an axis cut into blocks, borders,
 * strides. The storage axes are the logical axes, with the blocked axis counting blocks and one
 * more axis, innermost, inside a block: NCHW blocked at C is {@code [N, ceil(C/16), H, W, 16]}.
 * Lanes of the last block beyond C hold zero; whoever writes a blocked value keeps that true.
 *
 * <p>A view (part of a concat, slice, reshape) is a storage over the same memory with other strides
 * and offset.
 *
 * @param shape logical extents
 * @param blockAxis the blocked logical axis, or -1
 * @param lo border in front of each storage axis; holds {@code fill}, written once, never by
 *     kernels
 * @param hi border behind each storage axis
 * @param strides of the storage axes, in elements
 * @param offset of element (0, .., 0) from the start of the allocation, in elements
 */
public record Storage(
    DType dtype,
    List<Long> shape,
    int blockAxis,
    List<Long> lo,
    List<Long> hi,
    List<Long> strides,
    long offset,
    double fill) {

  /**
   * Channels in a block, on every instruction set: one 512-bit register of f32, two of 256 bits,
   * four of 128.
   */
  public static final int BLOCK = 16;

  public Storage {
    shape = List.copyOf(shape);
    lo = List.copyOf(lo);
    hi = List.copyOf(hi);
    strides = List.copyOf(strides);
  }

  public static Storage rowMajor(TensorType type) {
    return make(type, -1, null, null, 0);
  }

  /** Blocked at {@code axis}. */
  public static Storage blocked(TensorType type, int axis) {
    return make(type, axis, null, null, 0);
  }

  /** A number of channels rounded up to whole blocks. */
  public static long inBlocks(long channels) {
    return (channels + BLOCK - 1) / BLOCK * BLOCK;
  }

  /** Own compact memory; borders are given for logical axes (not the blocked one). */
  public static Storage make(
      TensorType type,
      int blockAxis,
      @org.jspecify.annotations.Nullable List<Long> lo,
      @org.jspecify.annotations.Nullable List<Long> hi,
      double fill) {
    List<Long> shape = new ArrayList<>();
    for (long d : type.shape().toArray()) {
      shape.add(d);
    }
    int rank = shape.size() + (blockAxis >= 0 ? 1 : 0);
    List<Long> none = Collections.nCopies(rank, 0L);
    Storage s = new Storage(type.dtype(), shape, blockAxis, none, none, none, 0, fill);
    return s.withBorder(
        lo == null ? none : padded(lo, rank), hi == null ? none : padded(hi, rank), fill);
  }

  /** Own memory with the channels of a pixel side by side; borders are given for logical axes. */
  public static Storage channelsLast(
      TensorType type,
      @org.jspecify.annotations.Nullable List<Long> lo,
      @org.jspecify.annotations.Nullable List<Long> hi,
      double fill) {
    List<Integer> behind = new ArrayList<>(List.of(0));
    List<Integer> back = new ArrayList<>(List.of(0, type.shape().rank() - 1));
    for (int a = 2; a < type.shape().rank(); a++) {
      behind.add(a);
      back.add(a - 1);
    }
    behind.add(1);
    List<Dim> dims = behind.stream().map(type.shape().dims()::get).toList();
    TensorType moved = new TensorType(type.dtype(), new Shape(dims));
    return make(
            moved,
            -1,
            lo == null ? null : permuted(lo, behind),
            hi == null ? null : permuted(hi, behind),
            fill)
        .transposed(back)
        .orElseThrow();
  }

  private static List<Long> padded(List<Long> logical, int rank) {
    List<Long> l = new ArrayList<>(logical);
    while (l.size() < rank) {
      l.add(0L);
    }
    return l;
  }

  private Storage withBorder(List<Long> newLo, List<Long> newHi, double newFill) {
    List<Long> extents = extents();
    List<Long> whole = new ArrayList<>();
    for (int d = 0; d < extents.size(); d++) {
      whole.add(newLo.get(d) + extents.get(d) + newHi.get(d));
    }
    List<Long> st = Buffer.rowMajor(whole);
    long at = 0;
    for (int d = 0; d < whole.size(); d++) {
      at += newLo.get(d) * st.get(d);
    }
    return new Storage(dtype, shape, blockAxis, newLo, newHi, st, at, newFill);
  }

  public boolean isBlocked() {
    return blockAxis >= 0;
  }

  /** Whether the last block has lanes without an element. */
  public boolean hasPaddingLanes() {
    return isBlocked() && shape.get(blockAxis) % BLOCK != 0;
  }

  public boolean hasBorder() {
    return lo.stream().anyMatch(x -> x != 0) || hi.stream().anyMatch(x -> x != 0);
  }

  /** Extents of the storage axes, without borders. */
  public List<Long> extents() {
    List<Long> e = new ArrayList<>(shape);
    if (isBlocked()) {
      e.set(blockAxis, (shape.get(blockAxis) + BLOCK - 1) / BLOCK);
      e.add((long) BLOCK);
    }
    return e;
  }

  /** The storage index of a logical index. */
  public List<Expr> index(List<Expr> logical) {
    if (!isBlocked()) {
      return logical;
    }
    List<Expr> i = new ArrayList<>(logical);
    Expr c = logical.get(blockAxis);
    i.set(blockAxis, Exprs.floorDiv(c, BLOCK));
    i.add(Exprs.mod(c, BLOCK));
    return i;
  }

  /** The logical index of a storage index: the inverse of {@link #index}. */
  public List<Expr> logical(List<Expr> storage) {
    if (!isBlocked()) {
      return storage;
    }
    List<Expr> i = new ArrayList<>(storage.subList(0, shape.size()));
    Expr block = storage.get(blockAxis);
    Expr lane = storage.get(shape.size());
    i.set(blockAxis, Exprs.add(Exprs.mul(block, Exprs.index(BLOCK)), lane));
    return i;
  }

  /**
   * As a kernel argument whose pointer is the start of the allocation plus {@code base} elements.
   */
  public Buffer buffer(String name, long base) {
    return new Buffer(
        name, dtype, Space.GLOBAL, extents(), lo, hi, strides, offset - base, fill, List.of());
  }

  /** Elements of the whole allocation of a storage that is no view. */
  public long elements() {
    return buffer("", 0).extentInElements();
  }

  /** The border in front of a logical axis. */
  public long lo(int axis) {
    return lo.get(axis);
  }

  public long hi(int axis) {
    return hi.get(axis);
  }

  /** Compact row-major without border: what callers see and what can be reshaped in place. */
  public boolean isCompact() {
    return !isBlocked() && !hasBorder() && strides.equals(Buffer.rowMajor(shape));
  }

  /**
   * Elements {@code start, start+step, ..} of a logical axis as a view; empty where the blocks do
   * not allow it.
   */
  public Optional<Storage> slice(int axis, long start, long size, long step) {
    List<Long> newShape = new ArrayList<>(shape);
    newShape.set(axis, size);
    List<Long> st = new ArrayList<>(strides);
    long at;
    if (axis == blockAxis) {
      if (step != 1
          || start % BLOCK != 0
          || (size % BLOCK != 0 && start + size != shape.get(axis))) {
        return Optional.empty();
      }
      at = start / BLOCK * strides.get(axis);
    } else {
      if (step != 1 && (lo(axis) != 0 || hi(axis) != 0)) {
        return Optional.empty();
      }
      at = start * strides.get(axis);
      st.set(axis, strides.get(axis) * step);
    }
    // The neighbours of a part are no border: only an axis kept whole keeps its border.
    List<Long> l = new ArrayList<>(lo);
    List<Long> h = new ArrayList<>(hi);
    if (size != shape.get(axis) || step != 1) {
      l.set(axis, 0L);
      h.set(axis, 0L);
    }
    return Optional.of(new Storage(dtype, newShape, blockAxis, l, h, st, offset + at, fill));
  }

  /**
   * The same elements in the same order with another shape. Axes can be cut anywhere; they can be
   * joined where one step of the outer is all steps of the inner. Empty where strides, blocks or
   * borders do not allow it.
   */
  public Optional<Storage> reshaped(TensorType type) {
    Storage plain = withoutSingleBlocks();
    if (plain.isBlocked() || hasBorder()) {
      return Optional.empty();
    }
    return Strides.reshaped(shape, plain.strides, type.shape())
        .map(
            st -> {
              Storage s = rowMajor(type);
              return new Storage(dtype, s.shape, -1, s.lo, s.hi, st, offset, fill);
            });
  }

  /** Whole blocks without anything between them are plain rows of channels. */
  private Storage withoutSingleBlocks() {
    if (!isBlocked() || hasPaddingLanes() || strides.get(blockAxis) != BLOCK) {
      return this;
    }
    int lane = shape.size();
    List<Long> st = new ArrayList<>(strides.subList(0, lane));
    st.set(blockAxis, 1L);
    return new Storage(
        dtype, shape, -1, lo.subList(0, lane), hi.subList(0, lane), st, offset, fill);
  }

  /** Axis a of the view is axis {@code perm[a]} of this; empty where blocks forbid it. */
  public Optional<Storage> transposed(List<Integer> perm) {
    if (isBlocked()) {
      return Optional.empty();
    }
    return Optional.of(
        new Storage(
            dtype,
            permuted(shape, perm),
            -1,
            permuted(lo, perm),
            permuted(hi, perm),
            permuted(strides, perm),
            offset,
            fill));
  }

  private static List<Long> permuted(List<Long> l, List<Integer> perm) {
    return perm.stream().map(l::get).toList();
  }
}
