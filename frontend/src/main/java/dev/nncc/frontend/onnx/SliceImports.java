package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.op.Slice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Parts of tensors: Slice and Split. */
final class SliceImports {
  private SliceImports() {}

  static void addTo(OperatorTable t) {
    t.one("Slice", 1, SliceImports::sliceByAttributes);
    t.one("Slice", 10, SliceImports::slice);
    t.add("Split", 1, n -> split(n, n.attrs().integers("split")));
    t.add("Split", 13, n -> split(n, n.has(1) ? n.knownIntegers(1, "split") : List.of()));
    t.limit("Slice", "constant starts, ends, axes and steps");
  }

  private static Operand sliceByAttributes(OnnxNode n) {
    List<Long> starts = n.attrs().integers("starts");
    List<Long> ends = n.attrs().integers("ends");
    List<Long> axes = n.attrs().has("axes") ? n.attrs().integers("axes") : upTo(starts.size());
    return slice(n, starts, ends, axes, Collections.nCopies(starts.size(), 1L));
  }

  private static Operand slice(OnnxNode n) {
    List<Long> starts = n.knownIntegers(1, "starts");
    List<Long> ends = n.knownIntegers(2, "ends");
    List<Long> axes = n.has(3) ? n.knownIntegers(3, "axes") : upTo(starts.size());
    List<Long> steps =
        n.has(4) ? n.knownIntegers(4, "steps") : Collections.nCopies(starts.size(), 1L);
    return slice(n, starts, ends, axes, steps);
  }

  private static List<Long> upTo(int count) {
    List<Long> out = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      out.add(i);
    }
    return out;
  }

  private static Operand slice(
      OnnxNode n, List<Long> starts, List<Long> ends, List<Long> axes, List<Long> steps) {
    Operand x = n.in(0);
    int count = starts.size();
    require(
        ends.size() == count && axes.size() == count && steps.size() == count,
        "starts %s, ends %s, axes %s and steps %s differ in length",
        starts,
        ends,
        axes,
        steps);
    OnnxNode.axes(axes, x.rank());
    Part part = new Part(x);
    for (int i = 0; i < count; i++) {
      int axis = OnnxNode.axis(axes.get(i), x.rank());
      part.cut(axis, starts.get(i), ends.get(i), steps.get(i));
    }
    return part.of(n, x);
  }

  /** Which elements of each axis are taken; at first all of them. */
  static final class Part {
    private final long[] starts;
    private final long[] sizes;
    private final long[] steps;

    Part(Operand x) {
      starts = new long[x.rank()];
      sizes = x.shape().toArray();
      steps = new long[x.rank()];
      Arrays.fill(steps, 1);
    }

    /** Bounds as in Python: negative ones count from the end, beyond the ends nothing is. */
    Part cut(int axis, long start, long end, long step) {
      require(step != 0, "a step is 0");
      long dim = sizes[axis];
      long from = start < 0 ? start + dim : start;
      long to = end < 0 ? end + dim : end;
      if (step > 0) {
        from = Math.max(0, Math.min(dim, from));
        to = Math.max(0, Math.min(dim, to));
      } else {
        from = Math.max(0, Math.min(dim - 1, from));
        to = Math.max(-1, Math.min(dim - 1, to));
      }
      long span = step > 0 ? to - from : from - to;
      // The least step has no positive counterpart; it takes one element like any huge step.
      long stride = step == Long.MIN_VALUE ? Long.MAX_VALUE : Math.abs(step);
      long size = span <= 0 ? 0 : (span - 1) / stride + 1;
      return take(axis, size == 0 ? 0 : from, size, size <= 1 ? 1 : step);
    }

    Part take(int axis, long start, long size, long step) {
      starts[axis] = start;
      sizes[axis] = size;
      steps[axis] = step;
      return this;
    }

    Operand of(OnnxNode n, Operand x) {
      boolean all =
          Arrays.equals(sizes, x.shape().toArray())
              && Arrays.stream(starts).allMatch(s -> s == 0)
              && Arrays.stream(steps).allMatch(s -> s == 1);
      return all ? x : n.emit(new Slice(list(starts), list(sizes), list(steps)), x);
    }

    private static List<Long> list(long[] v) {
      return Arrays.stream(v).boxed().toList();
    }
  }

  private static List<Operand> split(OnnxNode n, List<Long> said) {
    Operand x = n.in(0);
    int axis = OnnxNode.axis(n.attrs().integer("axis", 0), x.rank());
    long dim = x.dim(axis);
    List<Long> sizes = said;
    if (said.isEmpty()) {
      long parts = n.attrs().integer("num_outputs", n.outputs());
      require(parts > 0 && parts == n.outputs(), "%d parts in %d outputs", parts, n.outputs());
      require(
          n.opset() >= 18 || dim % parts == 0, "%d parts of axis %d of %s", parts, axis, x.type());
      sizes = equalParts(dim, (int) parts);
    }
    require(sizes.size() == n.outputs(), "%d parts in %d outputs", sizes.size(), n.outputs());
    List<Operand> parts = new ArrayList<>();
    long start = 0;
    for (long size : sizes) {
      require(size >= 0 && size <= dim - start, "split %s of axis %d of %s", sizes, axis, x.type());
      parts.add(new Part(x).take(axis, size == 0 ? 0 : start, size, 1).of(n, x));
      start += size;
    }
    require(start == dim, "split %s leaves a part of axis %d of %s", sizes, axis, x.type());
    return parts;
  }

  /** The last part may be smaller. */
  private static List<Long> equalParts(long dim, int parts) {
    long each = (dim + parts - 1) / parts;
    List<Long> sizes = new ArrayList<>();
    long left = dim;
    for (int i = 0; i < parts; i++) {
      sizes.add(Math.min(each, left));
      left -= Math.min(each, left);
    }
    return sizes;
  }
}
