package dev.nncc.frontend.caffe;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.caffe.proto.PoolingParameter;
import dev.nncc.frontend.caffe.proto.PoolingParameter.PoolMethod;
import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.ArgReduce;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Pad;
import dev.nncc.graph.op.PadMode;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.PoolKind;
import dev.nncc.graph.op.ReduceKind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Pooling over height and width. Caffe rounds the number of windows up, takes the last one away
 * where it would begin behind the padding, and counts padding in averages as far as the padded
 * picture reaches.
 */
final class PoolingLayers {
  private static final List<Long> ONES = List.of(1L, 1L);
  private static final int MOST_LEVELS = 12;

  private PoolingLayers() {}

  static void addTo(LayerTable t) {
    t.add("Pooling", PoolingLayers::pooling);
    t.one("SPP", PoolingLayers::pyramid);
    t.limit("Pooling", "pool MAX and AVE, pictures only");
    t.limit("SPP", "pool MAX and AVE");
  }

  private static List<Operand> pooling(CaffeLayer l) {
    Operand x = l.in(0);
    PoolingParameter p = l.proto().getPoolingParam();
    UnsupportedFeature.when(x.rank() != 4, "pooling of %s is not supported", x.type());
    checkMethod(p.getPool());
    Windows w = windows(p, x);
    boolean ceil = p.getRoundMode() == PoolingParameter.RoundMode.CEIL && p.getCeilMode();
    if (l.tops() > 1) {
      require(p.getPool() == PoolMethod.MAX, "only maximum pooling has a second top");
      return withIndices(l, x, w, ceil);
    }
    return List.of(pool(l, p.getPool(), x, w, ceil));
  }

  private static void checkMethod(PoolMethod method) {
    UnsupportedFeature.when(
        method == PoolMethod.STOCHASTIC, "pool STOCHASTIC is not supported (supported: MAX, AVE)");
  }

  private static Windows windows(PoolingParameter p, Operand x) {
    if (p.getGlobalPooling()) {
      require(!p.hasKernelSize() && !p.hasKernelH(), "global_pooling with a kernel size");
      return new Windows(List.of(x.dim(2), x.dim(3)), ONES, List.of(0L, 0L), ONES);
    }
    Windows w =
        new Windows(
            pair(
                p.hasKernelH() || p.hasKernelW(),
                p.getKernelH(),
                p.getKernelW(),
                p.getKernelSize()),
            pair(
                p.hasStrideH() || p.hasStrideW(),
                p.getStrideH(),
                p.getStrideW(),
                p.hasStride() ? p.getStride() : 1),
            pair(p.hasPadH() || p.hasPadW(), p.getPadH(), p.getPadW(), p.getPad()),
            ONES);
    for (int i = 0; i < 2; i++) {
      require(w.kernel().get(i) > 0, "kernel_size is %s", w.kernel());
      require(w.strides().get(i) > 0, "stride is %s", w.strides());
      require(
          w.pads().get(i) >= 0 && w.pads().get(i) < w.kernel().get(i),
          "pad %s for kernel_size %s",
          w.pads(),
          w.kernel());
    }
    return w;
  }

  private static List<Long> pair(boolean named, long h, long w, long both) {
    return named ? List.of(h, w) : List.of(both, both);
  }

  static Operand pool(CaffeLayer l, PoolMethod method, Operand x, Windows w, boolean ceil) {
    if (w.kernel().equals(List.of(x.dim(2), x.dim(3))) && w.pads().equals(List.of(0L, 0L))) {
      return l.reduce(
          method == PoolMethod.MAX ? ReduceKind.MAX : ReduceKind.MEAN, x, List.of(2, 3), true);
    }
    checkLast(x, w, ceil);
    PoolKind kind = method == PoolMethod.MAX ? PoolKind.MAX : PoolKind.AVERAGE;
    boolean average = kind == PoolKind.AVERAGE;
    return l.emit(
        new Pool(kind, w.kernel(), w.strides(), w.pads(), w.pads(), ONES, average, ceil), x);
  }

  /** Without padding Caffe keeps a last window that holds nothing. */
  private static void checkLast(Operand x, Windows w, boolean ceil) {
    boolean padded = w.pads().get(0) != 0 || w.pads().get(1) != 0;
    for (int i = 0; i < 2 && ceil && !padded; i++) {
      long room = x.dim(i + 2) - w.kernel().get(i);
      long last = ceilDiv(room, w.strides().get(i)) * w.strides().get(i);
      UnsupportedFeature.when(
          last >= x.dim(i + 2), "windows outside the picture are not supported");
    }
  }

  static Operand padded(
      CaffeLayer l, Operand x, List<Long> before, List<Long> after, double value) {
    List<Long> begin = new ArrayList<>(List.of(0L, 0L));
    List<Long> end = new ArrayList<>(List.of(0L, 0L));
    begin.addAll(before);
    end.addAll(after);
    boolean none = Collections.max(begin) == 0 && Collections.max(end) == 0;
    return none ? x : l.emit(new Pad(begin, end, PadMode.CONSTANT, value), x);
  }

  /** The maxima, and where in the picture they lie: row times width plus column. */
  private static List<Operand> withIndices(CaffeLayer l, Operand x, Windows w, boolean ceil) {
    Operand y = pool(l, PoolMethod.MAX, x, w, ceil);
    List<Long> out = CaffeLayer.extents(y);
    List<Long> after = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      long reach = (out.get(i + 2) - 1) * w.strides().get(i) + w.kernel().get(i);
      after.add(Math.max(0, reach - w.pads().get(i) - x.dim(i + 2)));
    }
    Operand wide = padded(l, x, w.pads(), after, Double.NEGATIVE_INFINITY);
    Operand taps = l.concat(ConvolutionLayers.taps(l, wide, w, out), 2);
    Operand tap = l.cast(l.emit(new ArgReduce(true, 2, false, false), taps), DType.I32);
    Operand columns = l.number(DType.I32, w.kernel().get(1));
    Operand row = l.add(l.div(tap, columns), starts(2, w, out));
    Operand column = l.add(l.apply(ElementwiseKind.MOD, tap, columns), starts(3, w, out));
    Operand width = l.number(DType.I32, x.dim(3));
    return List.of(y, l.cast(l.add(l.mul(row, width), column), DType.F32));
  }

  /** First rows or columns of windows, as an i32 tensor to be broadcast. */
  private static Operand starts(int axis, Windows w, List<Long> out) {
    int n = Math.toIntExact(out.get(axis));
    long[] at = new long[n];
    for (int i = 0; i < n; i++) {
      at[i] = i * w.strides().get(axis - 2) - w.pads().get(axis - 2);
    }
    Shape shape = axis == 2 ? Shape.of(n, 1) : Shape.of(n);
    return Operand.known("", Tensor.of(new TensorType(DType.I32, shape), at));
  }

  /** Each level divides the picture into twice as many bins along both axes. */
  private static Operand pyramid(CaffeLayer l) {
    Operand x = l.in(0);
    var p = l.proto().getSppParam();
    UnsupportedFeature.when(x.rank() != 4, "pooling of %s is not supported", x.type());
    checkMethod(p.getPool());
    long levels = p.getPyramidHeight();
    require(levels >= 1 && levels <= MOST_LEVELS, "pyramid_height is %d", levels);
    List<Operand> parts = new ArrayList<>();
    for (int level = 0; level < levels; level++) {
      long bins = 1L << level;
      List<Long> kernel = new ArrayList<>();
      List<Long> pads = new ArrayList<>();
      for (int axis = 2; axis < 4; axis++) {
        long k = ceilDiv(x.dim(axis), bins);
        require(k > 0, "%s is empty", x.type());
        kernel.add(k);
        pads.add((k * bins - x.dim(axis) + 1) / 2);
        require(pads.get(axis - 2) < k, "%d bins for %s", bins, x.type());
      }
      Operand y = pool(l, p.getPool(), x, new Windows(kernel, kernel, pads, ONES), true);
      parts.add(l.reshape(y, x.dim(0), CaffeLayer.count(y, 1, 4)));
    }
    return l.concat(parts, 1);
  }

  private static long ceilDiv(long a, long b) {
    return -Math.floorDiv(-a, b);
  }
}
