package dev.nncc.frontend.caffe;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Gather;
import dev.nncc.graph.op.GatherNd;
import dev.nncc.graph.op.Suppress;
import dev.nncc.graph.op.TopK;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Arithmetic on boxes [..,4] of corners x0, y0, x1, y1, and the choice among them. Lists have fixed
 * lengths: what is not chosen stands behind what is, and reads as zeros.
 */
record Boxes(CaffeLayer l) {
  /** Pairs of boxes that one layer may compare; the results of all comparisons are stored. */
  private static final long MOST_PAIRS = 1L << 28;

  /** Boxes that one layer may have. */
  static final long MOST = 1L << 24;

  Operand coordinate(Operand boxes, int i) {
    return l.slice(boxes, boxes.rank() - 1, i, 1);
  }

  Operand join(Operand... coordinates) {
    return l.concat(List.of(coordinates), coordinates[0].rank() - 1);
  }

  /** Corners of boxes that are given by centres and extents. */
  Operand corners(Operand x, Operand y, Operand w, Operand h) {
    Operand halfW = l.affine(w, 0.5, 0);
    Operand halfH = l.affine(h, 0.5, 0);
    return join(l.sub(x, halfW), l.sub(y, halfH), l.add(x, halfW), l.add(y, halfH));
  }

  /** The best k of numbers [..,n] along the last axis, best first, and their places. */
  List<Operand> best(Operand x, long k, boolean greatest) {
    return l.emitAll(new TopK(x.rank() - 1, k, greatest), List.of(x));
  }

  /** Rows of [b,n,..] at places [b,k]. */
  Operand rows(Operand x, Operand places) {
    Operand at = l.reshape(places, places.dim(0), places.dim(1), 1);
    return l.emit(new GatherNd(1), x, at);
  }

  /**
   * Which of ranked boxes stay when each suppresses those behind it that it overlaps.
   *
   * @param boxes [b,k,4]
   * @param candidates bool[b,k]
   * @param threshold of the intersection by the union
   * @param pixel what extents count beside the difference of the corners: 1 where corners are
   *     pixels that belong to the box, else 0
   * @return bool[b,k]
   */
  Operand suppressed(Operand boxes, Operand candidates, double threshold, double pixel) {
    long b = boxes.dim(0);
    long k = boxes.dim(1);
    UnsupportedFeature.when(
        Math.multiplyExact(b, k) > MOST || Math.multiplyExact(b * k, k) > MOST_PAIRS,
        "comparing %d lists of %d boxes is not supported; a lower top_k makes it possible",
        b,
        k);
    Operand[] low = new Operand[2];
    Operand[] high = new Operand[2];
    for (int i = 0; i < 2; i++) {
      low[i] = coordinate(boxes, i);
      high[i] = coordinate(boxes, i + 2);
    }
    Operand area = l.mul(extent(low[0], high[0], pixel), extent(low[1], high[1], pixel));
    Operand common = l.mul(overlap(low[0], high[0], pixel), overlap(low[1], high[1], pixel));
    Operand union = l.sub(l.add(area, turned(area)), common);
    // Products instead of a quotient: boxes without area overlap nothing.
    Operand over =
        l.apply(ElementwiseKind.LESS, l.mul(union, l.number(DType.F32, threshold)), common);
    return l.emit(new Suppress(), candidates, over);
  }

  private Operand extent(Operand low, Operand high, double pixel) {
    Operand e = l.affine(l.sub(high, low), 1, pixel);
    return l.apply(ElementwiseKind.MAX, e, l.number(DType.F32, 0));
  }

  /** Of each pair along one coordinate: [b,k,1] and its transpose to [b,k,k]. */
  private Operand overlap(Operand low, Operand high, double pixel) {
    return extent(
        l.apply(ElementwiseKind.MAX, low, turned(low)),
        l.apply(ElementwiseKind.MIN, high, turned(high)),
        pixel);
  }

  private Operand turned(Operand column) {
    return l.reshape(column, column.dim(0), 1, column.dim(1));
  }

  /** 0, 1, .. as i64. */
  Operand counting(long n) {
    long[] values = LongStream.range(0, n).toArray();
    return l.constant(Tensor.of(TensorType.of(DType.I64, n), values));
  }

  /**
   * The rows whose flag is set, in their order, and then rows of zeros.
   *
   * @param rows [n,m]
   * @param chosen bool[n]
   * @param k how many rows the result has, at most n
   */
  Operand compact(Operand rows, Operand chosen, long k) {
    long n = rows.dim(0);
    Operand place = l.apply(ElementwiseKind.WHERE, chosen, counting(n), l.number(DType.I64, n));
    Operand first = best(place, Math.min(k, n), false).get(0);
    Operand none = l.filled(DType.F32, Shape.of(1, rows.dim(1)), 0);
    return l.emit(new Gather(0), l.concat(List.of(rows, none), 0), first);
  }
}
