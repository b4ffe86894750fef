package dev.nncc.tensor.constant;

import dev.nncc.graph.DType;
import dev.nncc.graph.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A constant as kernels read it: a row-major array over {@code extents} whose element {@code p} is
 * element {@code base + sum(p_k * map[k])} of the source (one coordinate for each source axis), or
 * zero where a coordinate is outside the source. Affine maps are all that blocking, padding,
 * panels, transposes and slices need.
 *
 * @param extents of the packed array
 * @param map for each packed axis, what one step adds to each source coordinate
 * @param base the source coordinate of packed element (0, .., 0)
 * @param combination what is done to the source first; coordinates are of its result
 */
public record Packed(
    Tensor source,
    List<Long> extents,
    List<List<Long>> map,
    List<Long> base,
    Optional<Combination> combination) {
  /** Columns of the panels that register tiles like best. */
  public static final long WIDEST_PANEL = 48;

  public Packed {
    extents = List.copyOf(extents);
    map = List.copyOf(map);
    base = List.copyOf(base);
    if (extents.size() != map.size() || base.size() != source.shape().rank()) {
      throw new IllegalArgumentException("packing of rank " + map.size() + " for " + source.type());
    }
  }

  public Packed(Tensor source, List<Long> extents, List<List<Long>> map, List<Long> base) {
    this(source, extents, map, base, Optional.empty());
  }

  /** The source as it is. */
  public static Packed plain(Tensor source) {
    int rank = source.shape().rank();
    List<Long> extents = new ArrayList<>();
    List<List<Long>> map = new ArrayList<>();
    List<Long> base = new ArrayList<>();
    for (int a = 0; a < rank; a++) {
      extents.add(source.shape().dim(a));
      List<Long> unit = new ArrayList<>(java.util.Collections.nCopies(rank, 0L));
      unit.set(a, 1L);
      map.add(unit);
      base.add(0L);
    }
    return new Packed(source, extents, map, base);
  }

  /**
   * Into panels of how many columns a matrix is cut: 48, 32 or 16 where that divides them, or all.
   */
  public static long panel(long columns) {
    return columns % WIDEST_PANEL == 0
        ? WIDEST_PANEL
        : columns % 32 == 0 ? 32 : columns % 16 == 0 ? 16 : columns;
  }

  public DType dtype() {
    return combination.isPresent() ? DType.F32 : source.dtype();
  }

  public long elements() {
    long n = 1;
    for (long e : extents) {
      n = Math.multiplyExact(n, e);
    }
    return n;
  }

  public long bytes() {
    return Math.multiplyExact(elements(), dtype().bytes());
  }

  /** Whether the packed bytes are the source's. */
  public boolean isPlain() {
    return equals(plain(source));
  }
}
