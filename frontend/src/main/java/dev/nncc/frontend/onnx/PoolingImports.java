package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Pool;
import dev.nncc.graph.op.PoolKind;
import dev.nncc.graph.op.ReduceKind;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Pooling over windows and over everything. */
final class PoolingImports {
  private PoolingImports() {}

  static void addTo(OperatorTable t) {
    t.one("MaxPool", 1, PoolingImports::maxPool);
    t.one("AveragePool", 1, n -> averagePool(n, n.in(0)));
    t.one("LpPool", 2, PoolingImports::lpPool);
    t.one("GlobalAveragePool", 1, n -> global(n, ReduceKind.MEAN, n.in(0)));
    t.one("GlobalMaxPool", 1, n -> global(n, ReduceKind.MAX, n.in(0)));
    t.one("GlobalLpPool", 2, PoolingImports::globalLpPool);
    t.limit("MaxPool", "1 to 3 spatial axes, no output Indices");
    t.limit("AveragePool", "1 to 3 spatial axes");
    t.limit("LpPool", "1 to 3 spatial axes");
  }

  private static Windows windows(OnnxNode n, Operand x) {
    List<Long> extents = Windows.spatial(x);
    require(n.attrs().has("kernel_shape"), "attribute kernel_shape is missing");
    List<Long> kernel = n.attrs().integers("kernel_shape");
    for (long k : kernel) {
      Windows.positive(k, "kernel_shape");
    }
    return Windows.of(n, extents, kernel);
  }

  private static Operand pool(
      OnnxNode n, PoolKind kind, Operand x, Windows w, boolean countPad, boolean ceil) {
    return n.emit(
        new Pool(
            kind,
            w.kernel(),
            w.strides(),
            w.padsBegin(),
            w.padsEnd(),
            w.dilations(),
            countPad,
            ceil),
        x);
  }

  private static boolean ceil(OnnxNode n) {
    return n.attrs().flag("ceil_mode", false);
  }

  private static Operand maxPool(OnnxNode n) {
    UnsupportedFeature.when(n.wants(1), "output Indices is not supported");
    return pool(n, PoolKind.MAX, n.in(0), windows(n, n.in(0)), false, ceil(n));
  }

  static Operand averagePool(OnnxNode n, Operand x) {
    boolean countPad = n.attrs().flag("count_include_pad", false);
    return pool(n, PoolKind.AVERAGE, x, windows(n, x), countPad, ceil(n));
  }

  /** (sum of |x|^p)^(1/p): the sum is the average times the size of the window. */
  private static Operand lpPool(OnnxNode n) {
    Operand x = n.in(0);
    long p = n.attrs().integer("p", 2);
    require(p >= 1, "p is %d", p);
    Windows w = windows(n, x);
    if (ceil(n)) {
      w = reachingEnd(w, Windows.spatial(x));
    }
    double size = 1;
    for (long k : w.kernel()) {
      size *= k;
    }
    Operand mean = pool(n, PoolKind.AVERAGE, power(n, x, p), w, true, false);
    return root(n, n.apply(ElementwiseKind.MUL, mean, n.number(x.dtype(), size)), p);
  }

  /** Pads the end so that the last window that starts inside fits. */
  private static Windows reachingEnd(Windows w, List<Long> extents) {
    List<Long> end = new ArrayList<>();
    for (int i = 0; i < extents.size(); i++) {
      long stride = w.strides().get(i);
      long before = w.padsBegin().get(i) + extents.get(i);
      long reach = (w.kernel().get(i) - 1) * w.dilations().get(i) + 1;
      long span = before + w.padsEnd().get(i) - reach;
      long count = Math.floorDiv(span + stride - 1, stride) + 1;
      if ((count - 1) * stride >= before) {
        count--;
      }
      end.add(Math.max(w.padsEnd().get(i), (count - 1) * stride + reach - before));
    }
    return new Windows(w.kernel(), w.strides(), w.dilations(), w.padsBegin(), end);
  }

  private static Operand power(OnnxNode n, Operand x, long p) {
    if (p == 2) {
      return n.apply(ElementwiseKind.MUL, x, x);
    }
    Operand a = n.apply(ElementwiseKind.ABS, x);
    return p == 1 ? a : n.apply(ElementwiseKind.POW, a, n.number(x.dtype(), p));
  }

  private static Operand root(OnnxNode n, Operand x, long p) {
    if (p == 2) {
      return n.apply(ElementwiseKind.SQRT, x);
    }
    return p == 1 ? x : n.apply(ElementwiseKind.POW, x, n.number(x.dtype(), 1.0 / p));
  }

  static Operand global(OnnxNode n, ReduceKind kind, Operand x) {
    require(x.rank() >= 2, "%s has no channels", x.type());
    return n.reduce(kind, x, IntStream.range(2, x.rank()).boxed().toList(), true);
  }

  private static Operand globalLpPool(OnnxNode n) {
    long p = n.attrs().integer("p", 2);
    require(p >= 1, "p is %d", p);
    return root(n, global(n, ReduceKind.SUM, power(n, n.in(0), p)), p);
  }
}
