package dev.nncc.frontend.caffe;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.caffe.proto.ArgMaxParameter;
import dev.nncc.frontend.caffe.proto.ReductionParameter;
import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.op.ArgReduce;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.TopK;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Sums over trailing axes, and the places of greatest elements. */
final class ReductionLayers {
  private ReductionLayers() {}

  static void addTo(LayerTable t) {
    t.one("Reduction", ReductionLayers::reduction);
    t.one("ArgMax", ReductionLayers::argMax);
  }

  private static Operand reduction(CaffeLayer l) {
    Operand x = l.in(0);
    ReductionParameter p = l.proto().getReductionParam();
    int axis = CaffeLayer.axis(p.getAxis(), x.rank());
    List<Integer> axes = CaffeLayer.range(axis, x.rank());
    Operand y =
        switch (p.getOperation()) {
          case SUM -> l.reduce(ReduceKind.SUM, x, axes, false);
          case ASUM -> l.reduce(ReduceKind.SUM, l.apply(ElementwiseKind.ABS, x), axes, false);
          case SUMSQ -> l.reduce(ReduceKind.SUM, l.mul(x, x), axes, false);
          case MEAN -> l.reduce(ReduceKind.MEAN, x, axes, false);
        };
    return l.affine(y, p.getCoeff(), 0);
  }

  /**
   * With an axis, places or values along it. Without, [n,1,k] places in each sample, or [n,2,k]
   * with the values behind.
   */
  private static Operand argMax(CaffeLayer l) {
    Operand x = l.in(0);
    ArgMaxParameter p = l.proto().getArgmaxParam();
    long k = p.getTopK();
    boolean values = p.getOutMaxVal();
    require(x.rank() >= 1, "%s has no axes", x.type());
    if (p.hasAxis()) {
      List<Operand> best = best(l, x, CaffeLayer.axis(p.getAxis(), x.rank()), k);
      return best.get(values ? 0 : 1);
    }
    Operand flat = l.reshape(x, x.dim(0), 1, CaffeLayer.count(x, 1, x.rank()));
    List<Operand> best = best(l, flat, 2, k);
    Operand y = values ? l.concat(List.of(best.get(1), best.get(0)), 1) : best.get(1);
    List<Long> extents = CaffeLayer.extents(y);
    while (extents.size() < x.rank()) {
      extents.add(1L);
    }
    return l.reshape(y, Shape.of(extents));
  }

  /** The k greatest along an axis and their places; of equal ones the last comes first. */
  private static List<Operand> best(CaffeLayer l, Operand x, int axis, long k) {
    long n = x.dim(axis);
    require(k >= 1 && k <= n, "top_k is %d of %s", k, x.type());
    if (k == 1) {
      Operand at = l.emit(new ArgReduce(true, axis, true, true), x);
      Operand value = l.reduce(ReduceKind.MAX, x, List.of(axis), true);
      return List.of(value, l.cast(at, DType.F32));
    }
    List<Long> starts = new ArrayList<>(Collections.nCopies(x.rank(), 0L));
    List<Long> steps = new ArrayList<>(Collections.nCopies(x.rank(), 1L));
    starts.set(axis, n - 1);
    steps.set(axis, -1L);
    Operand turned = l.emit(new Slice(starts, CaffeLayer.extents(x), steps), x);
    List<Operand> best = l.emitAll(new TopK(axis, k, true), List.of(turned));
    Operand place = l.sub(l.number(DType.I64, n - 1), best.get(1));
    return List.of(best.get(0), l.cast(place, DType.F32));
  }
}
