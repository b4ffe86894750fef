package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.graph.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * What a strided slice with masks takes: starts, sizes and steps along all axes, and the extents of
 * the result, in which some axes are gone and new ones stand.
 */
record StridedSlice(List<Long> starts, List<Long> sizes, List<Long> steps, List<Long> result) {

  /** From the operands and masks of a node. */
  static StridedSlice of(
      TensorflowNode n, Shape shape, List<Long> begin, List<Long> end, List<Long> strides) {
    int count = begin.size();
    require(end.size() == count && strides.size() == count, "%s to %s by %s", begin, end, strides);
    long ellipsis = n.attrs().integer("ellipsis_mask", 0);
    long fresh = n.attrs().integer("new_axis_mask", 0);
    long shrink = n.attrs().integer("shrink_axis_mask", 0);
    int taken = 0;
    for (int i = 0; i < count; i++) {
      taken += bit(ellipsis, i) || bit(fresh, i) ? 0 : 1;
    }
    require(taken <= shape.rank(), "%d parts of %s", taken, shape);
    StridedSlice s =
        new StridedSlice(
            new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    boolean seen = false;
    for (int i = 0; i < count; i++) {
      if (bit(ellipsis, i) && !seen) {
        seen = true;
        for (int rest = shape.rank() - taken; rest > 0; rest--) {
          s.whole(shape);
        }
      } else if (bit(fresh, i)) {
        s.result.add(1L);
      } else {
        boolean one = bit(shrink, i);
        s.part(
            shape.dim(s.starts.size()),
            bit(n.attrs().integer("begin_mask", 0), i) && !one ? null : begin.get(i),
            bit(n.attrs().integer("end_mask", 0), i) ? null : end.get(i),
            strides.get(i),
            one);
      }
    }
    while (s.starts.size() < shape.rank()) {
      s.whole(shape);
    }
    return s;
  }

  private static boolean bit(long mask, int i) {
    return (mask >> i & 1) != 0;
  }

  private void whole(Shape shape) {
    long extent = shape.dim(starts.size());
    starts.add(0L);
    sizes.add(extent);
    steps.add(1L);
    result.add(extent);
  }

  private void part(
      long extent,
      @org.jspecify.annotations.Nullable Long begin,
      @org.jspecify.annotations.Nullable Long end,
      long step,
      boolean one) {
    require(step != 0, "a stride is 0");
    if (one) {
      long at = begin == null ? 0 : begin < 0 ? begin + extent : begin;
      require(at >= 0 && at < extent, "index %d of extent %d", at, extent);
      starts.add(at);
      sizes.add(1L);
      steps.add(1L);
      return;
    }
    long low = step > 0 ? 0 : -1;
    long high = step > 0 ? extent : extent - 1;
    long from = begin == null ? step > 0 ? low : high : clamp(begin, extent, low, high);
    long to = end == null ? step > 0 ? high : low : clamp(end, extent, low, high);
    long size =
        Math.max(0, step > 0 ? (to - from + step - 1) / step : (from - to - step - 1) / -step);
    starts.add(size == 0 ? 0 : from);
    sizes.add(size);
    steps.add(size <= 1 ? 1 : step);
    result.add(size);
  }

  private static long clamp(long at, long extent, long low, long high) {
    return Math.max(low, Math.min(high, at < 0 ? at + extent : at));
  }

  boolean isWhole(Shape shape) {
    return steps.stream().allMatch(s -> s == 1) && Shape.of(sizes).equals(shape);
  }
}
