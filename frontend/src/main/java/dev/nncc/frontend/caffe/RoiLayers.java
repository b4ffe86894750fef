package dev.nncc.frontend.caffe;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.caffe.proto.PSROIPoolingParameter;
import dev.nncc.frontend.caffe.proto.ROIPoolingParameter;
import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Gather;
import dev.nncc.graph.op.MatMul;
import dev.nncc.graph.op.OneHot;
import dev.nncc.graph.op.ReduceKind;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * Pooling of regions [R,5]: picture, x0, y0, x1, y1. Where a region's bins lie is only known at run
 * time.
 */
final class RoiLayers {
  private static final long MOST_BINS = 1 << 10;

  private RoiLayers() {}

  static void addTo(LayerTable t) {
    t.one("ROIPooling", RoiLayers::maximum);
    t.one("PSROIPooling", RoiLayers::average);
    t.add("Proposal", l -> Proposals.of(l, l.proto().getProposalParam()));
    t.add("Python", Proposals::ofPython);
    t.limit("Proposal", "one picture; post_nms_topn rows, those that are not used hold zeros");
    t.limit("Python", "ProposalLayer alone");
  }

  /** Bounds of bins [R,P] along one axis, clipped to it: whole numbers, begin included, end not. */
  private record Bins(Operand begin, Operand end) {
    Operand length(CaffeLayer l) {
      return l.sub(end, begin);
    }

    Operand filled(CaffeLayer l) {
      return l.apply(ElementwiseKind.LESS, begin, end);
    }
  }

  /** To the nearest whole number, halves up. */
  private static Operand rounded(CaffeLayer l, Operand x) {
    return l.apply(ElementwiseKind.FLOOR, l.affine(x, 1, 0.5));
  }

  private static Operand row(CaffeLayer l, long n) {
    double[] values = DoubleStream.iterate(0, i -> i + 1).limit(n).toArray();
    return l.constant(Tensor.of(new TensorType(DType.F32, Shape.of(1, n)), values));
  }

  private static Bins bins(CaffeLayer l, Operand start, Operand size, long count, long extent) {
    Operand number = row(l, count);
    Operand width = l.div(size, l.number(DType.F32, count));
    Operand from = l.mul(number, width);
    Operand to = l.mul(l.affine(number, 1, 1), width);
    return new Bins(
        l.apply(
            ElementwiseKind.CLIP, 0, extent, l.apply(ElementwiseKind.FLOOR, l.add(from, start))),
        l.apply(ElementwiseKind.CLIP, 0, extent, l.apply(ElementwiseKind.CEIL, l.add(to, start))));
  }

  private static void check(CaffeLayer l) {
    Operand x = l.in(0);
    Operand regions = l.in(1);
    require(x.rank() == 4 && x.shape().elements() > 0, "pooling of %s", x.type());
    int last = regions.rank() - 1;
    require(last >= 1 && regions.dim(1) == 5, "regions are %s", regions.type());
    require(regions.shape().elements() == 5 * regions.dim(0), "regions are %s", regions.type());
  }

  private static Operand flat(CaffeLayer l) {
    return l.reshape(l.in(1), l.in(1).dim(0), 5);
  }

  /**
   * Maxima over bins. For windows of each power of two there is a picture of maxima; four windows
   * that overlap cover a bin.
   */
  private static Operand maximum(CaffeLayer l) {
    check(l);
    ROIPoolingParameter p = l.proto().getRoiPoolingParam();
    long ph = p.getPooledH();
    long pw = p.getPooledW();
    require(ph > 0 && pw > 0 && ph <= MOST_BINS && pw <= MOST_BINS, "%d bins by %d", ph, pw);
    Operand x = l.transpose(l.in(0), List.of(0, 2, 3, 1));
    Bins rows = whole(l, p, 2, ph, x.dim(1));
    Bins columns = whole(l, p, 1, pw, x.dim(2));
    Cover down = new Cover(l, rows, x.dim(1), 2);
    Cover across = new Cover(l, columns, x.dim(2), 1);
    Operand tables = tables(l, x, down.levels(), across.levels());
    Operand picture = l.cast(l.reshape(column(l, flat(l), 0), l.in(1).dim(0), 1, 1), DType.I64);
    List<Operand> found = new ArrayList<>();
    for (Operand row : down.places()) {
      for (Operand place : across.places()) {
        Operand level = l.add(mul(l, down.level(), across.levels()), across.level());
        Operand at = l.add(mul(l, level, x.dim(0)), picture);
        at = l.add(mul(l, at, x.dim(1)), row);
        at = l.add(mul(l, at, x.dim(2)), place);
        found.add(l.emit(new Gather(0), tables, at));
      }
    }
    Operand best = found.get(0);
    for (Operand other : found.subList(1, found.size())) {
      best = l.apply(ElementwiseKind.MAX, best, other);
    }
    long r = l.in(1).dim(0);
    Operand filled =
        l.apply(
            ElementwiseKind.AND,
            l.reshape(rows.filled(l), r, ph, 1, 1),
            l.reshape(columns.filled(l), r, 1, pw, 1));
    Operand y = l.apply(ElementwiseKind.WHERE, filled, best, l.number(DType.F32, 0));
    return l.transpose(y, List.of(0, 3, 1, 2));
  }

  private static Operand column(CaffeLayer l, Operand regions, int i) {
    return l.slice(regions, 1, i, 1);
  }

  private static Operand mul(CaffeLayer l, Operand x, long n) {
    return l.mul(x, l.number(DType.I64, n));
  }

  private static Bins whole(
      CaffeLayer l, ROIPoolingParameter p, int first, long count, long extent) {
    Operand regions = flat(l);
    Operand start = rounded(l, l.affine(column(l, regions, first), p.getSpatialScale(), 0));
    Operand end = rounded(l, l.affine(column(l, regions, first + 2), p.getSpatialScale(), 0));
    Operand size =
        l.apply(ElementwiseKind.MAX, l.affine(l.sub(end, start), 1, 1), l.number(DType.F32, 1));
    // Whole numbers: a quotient that is rounded may fall on the other side of a row.
    Operand whole = l.cast(size, DType.I32);
    Operand number = l.cast(row(l, count), DType.I32);
    Operand bins = l.number(DType.I32, count);
    Operand begin = l.mul(number, whole);
    Operand behind = l.add(l.add(begin, whole), l.number(DType.I32, count - 1));
    return new Bins(
        placed(l, l.div(begin, bins), start, extent),
        placed(l, l.div(behind, bins), start, extent));
  }

  private static Operand placed(CaffeLayer l, Operand at, Operand start, long extent) {
    return l.apply(ElementwiseKind.CLIP, 0, extent, l.add(l.cast(at, DType.F32), start));
  }

  /** Which two windows of a power of two cover a bin, as i64 to be broadcast to [R,PH,PW]. */
  private static final class Cover {
    private final int levels;
    private final Operand level;
    private final List<Operand> places = new ArrayList<>();

    Cover(CaffeLayer l, Bins bins, long extent, int axis) {
      Operand length = bins.length(l);
      Operand sum = null;
      Operand window = l.number(DType.F32, 1);
      int n = 1;
      for (long size = 2; size <= extent; size *= 2, n++) {
        Operand fits = l.apply(ElementwiseKind.LESS_OR_EQUAL, l.number(DType.F32, size), length);
        Operand one = l.cast(fits, DType.I64);
        sum = sum == null ? one : l.add(sum, one);
        window = l.apply(ElementwiseKind.WHERE, fits, l.number(DType.F32, size), window);
      }
      levels = n;
      long r = length.dim(0);
      long count = length.dim(1);
      Shape shape = axis == 2 ? Shape.of(r, count, 1) : Shape.of(r, 1, count);
      level = l.reshape(sum == null ? l.filled(DType.I64, Shape.of(r, count), 0) : sum, shape);
      for (Operand at : List.of(bins.begin(), l.sub(bins.end(), window))) {
        Operand inside = l.apply(ElementwiseKind.CLIP, 0, extent - 1, at);
        places.add(l.reshape(l.cast(inside, DType.I64), shape));
      }
    }

    int levels() {
      return levels;
    }

    Operand level() {
      return level;
    }

    List<Operand> places() {
      return places;
    }
  }

  /** Rows of channels: for all pairs of levels, pictures and positions of windows. */
  private static Operand tables(CaffeLayer l, Operand x, int down, int across) {
    List<Operand> all = new ArrayList<>();
    Operand rows = x;
    for (int i = 0; i < down; i++) {
      rows = i == 0 ? x : doubled(l, rows, 1, 1L << (i - 1));
      Operand both = rows;
      for (int j = 0; j < across; j++) {
        both = j == 0 ? rows : doubled(l, both, 2, 1L << (j - 1));
        all.add(l.reshape(both, CaffeLayer.count(x, 0, 3), x.dim(3)));
      }
    }
    return l.concat(all, 0);
  }

  /** Maxima over windows of twice the size; those that leave the picture are never read. */
  private static Operand doubled(CaffeLayer l, Operand x, int axis, long size) {
    long rest = x.dim(axis) - size;
    List<Operand> shifted = List.of(l.slice(x, axis, size, rest), l.slice(x, axis, rest, size));
    return l.apply(ElementwiseKind.MAX, x, l.concat(shifted, axis));
  }

  /** Averages over bins, each of its own channels: products with matrices of zeros and ones. */
  private static Operand average(CaffeLayer l) {
    check(l);
    PSROIPoolingParameter p = l.proto().getPsroiPoolingParam();
    Operand x = l.in(0);
    long g = p.getGroupSize();
    long out = p.getOutputDim();
    require(g > 0 && g <= MOST_BINS && out > 0, "group_size %d, output_dim %d", g, out);
    require(x.dim(1) == Math.multiplyExact(out, g * g), "%d groups of %s", g * g, x.type());
    long n = x.dim(0);
    long h = x.dim(2);
    long w = x.dim(3);
    Operand rows = inside(l, real(l, p, 2, g, h), h);
    Operand columns = inside(l, real(l, p, 1, g, w), w);
    long r = rows.dim(0);
    Operand picture =
        l.emit(
            new OneHot(1, n),
            l.cast(l.reshape(column(l, flat(l), 0), r), DType.I64),
            l.constant(Tensor.ofFloats(Shape.of(2), 0, 1)));
    Operand chosen =
        l.mul(
            l.mul(byGroup(l, rows, true), byGroup(l, columns, false)),
            l.reshape(picture, 1, 1, r, n, 1, 1));
    Operand values = l.transpose(l.reshape(x, n, out, g, g, h, w), List.of(2, 3, 0, 4, 5, 1));
    Operand sums =
        l.emit(
            new MatMul(false, false),
            l.reshape(chosen, g, g, r, n * h * w),
            l.reshape(values, g, g, n * h * w, out));
    Operand area =
        l.mul(l.reshape(count(l, rows), g, 1, r, 1), l.reshape(count(l, columns), 1, g, r, 1));
    Operand some = l.apply(ElementwiseKind.MAX, area, l.number(DType.F32, 1));
    return l.transpose(l.div(sums, some), List.of(2, 3, 0, 1));
  }

  private static Bins real(
      CaffeLayer l, PSROIPoolingParameter p, int first, long count, long extent) {
    Operand regions = flat(l);
    double scale = p.getSpatialScale();
    Operand start = l.affine(rounded(l, column(l, regions, first)), scale, 0);
    Operand end = l.affine(l.affine(rounded(l, column(l, regions, first + 2)), 1, 1), scale, 0);
    Operand size = l.apply(ElementwiseKind.MAX, l.sub(end, start), l.number(DType.F32, 0.1));
    return bins(l, start, size, count, extent);
  }

  /** [R,G,extent], 1 where a position is in a bin. */
  private static Operand inside(CaffeLayer l, Bins bins, long extent) {
    Operand at = l.reshape(row(l, extent), 1, 1, extent);
    long r = bins.begin().dim(0);
    long g = bins.begin().dim(1);
    Operand from = l.reshape(bins.begin(), r, g, 1);
    Operand to = l.reshape(bins.end(), r, g, 1);
    Operand both =
        l.apply(
            ElementwiseKind.AND,
            l.apply(ElementwiseKind.LESS_OR_EQUAL, from, at),
            l.apply(ElementwiseKind.LESS, at, to));
    return l.cast(both, DType.F32);
  }

  /** [R,G,extent] to [G,1,R,1,extent,1], or the same of columns. */
  private static Operand byGroup(CaffeLayer l, Operand inside, boolean rows) {
    Operand turned = l.transpose(inside, List.of(1, 0, 2));
    long g = turned.dim(0);
    long r = turned.dim(1);
    long n = turned.dim(2);
    return rows ? l.reshape(turned, g, 1, r, 1, n, 1) : l.reshape(turned, 1, g, r, 1, 1, n);
  }

  /** How many positions each bin has, [G,R]. */
  private static Operand count(CaffeLayer l, Operand inside) {
    Operand sums = l.reduce(ReduceKind.SUM, inside, List.of(2), false);
    return l.transpose(sums, List.of(1, 0));
  }
}
