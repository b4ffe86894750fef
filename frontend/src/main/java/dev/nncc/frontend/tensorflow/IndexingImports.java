package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.frontend.tensor.TensorProtos;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.GatherNd;
import dev.nncc.graph.op.OneHot;
import dev.nncc.graph.op.ScatterKind;
import dev.nncc.graph.op.ScatterNd;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Gathers, scatters, segments and histograms. */
final class IndexingImports {
  private static final Map<String, ScatterKind> KINDS =
      Map.of(
          "Sum", ScatterKind.ADD,
          "Prod", ScatterKind.MUL,
          "Max", ScatterKind.MAX,
          "Min", ScatterKind.MIN);

  private static final Map<String, ScatterKind> SCATTERS =
      Map.of(
          "Update", ScatterKind.NONE,
          "Add", ScatterKind.ADD,
          "Max", ScatterKind.MAX,
          "Min", ScatterKind.MIN);

  private IndexingImports() {}

  static void addTo(Operators t) {
    t.one("Gather", n -> n.gather(n.in(0), n.in(1), 0));
    t.one("GatherV2", IndexingImports::gather);
    t.one("GatherNd", n -> n.emit(new GatherNd(0), n.in(0), n.toIndex(n.in(1))));
    t.one(
        "ScatterNd",
        n ->
            scatter(
                n,
                ScatterKind.ADD,
                n.filled(n.in(1).dtype(), ConstantImports.shape(n, 2), 0),
                n.in(0),
                n.in(1)));
    new TreeMap<>(SCATTERS)
        .forEach(
            (name, kind) ->
                t.one("TensorScatter" + name, n -> scatter(n, kind, n.in(0), n.in(1), n.in(2))));
    t.one(
        "TensorScatterSub",
        n -> scatter(n, ScatterKind.ADD, n.in(0), n.in(1), n.apply(ElementwiseKind.NEG, n.in(2))));
    t.one("SparseTensorDenseAdd", n -> scatter(n, ScatterKind.ADD, n.in(3), n.in(0), n.in(1)));
    t.one("SparseToDense", IndexingImports::sparseToDense);
    t.one("OneHot", IndexingImports::oneHot);
    t.one("ReverseSequence", IndexingImports::reverseSequence);
    segments(t);
    t.one("Bincount", IndexingImports::bincount);
    t.one("HistogramFixedWidth", IndexingImports::histogram);
    t.many("DynamicPartition", IndexingImports::partition);
    t.one("DynamicStitch", IndexingImports::stitch);
    t.one("ParallelDynamicStitch", IndexingImports::stitch);
    t.limit("DynamicPartition", "constant partitions");
    t.limit("DynamicStitch", "constant indices");
    t.limit("ParallelDynamicStitch", "constant indices");
  }

  private static void segments(Operators t) {
    new TreeMap<>(KINDS)
        .forEach(
            (name, kind) -> {
              t.one(
                  "UnsortedSegment" + name,
                  n -> unsorted(n, kind, n.knownInteger(2, "num_segments"), empty(kind, n.in(0))));
              t.one(
                  "Segment" + name,
                  n -> {
                    // Segments without elements are 0, but for products.
                    double none = kind == ScatterKind.MUL ? 1 : 0;
                    Operand all = unsorted(n, kind, lastSegment(n) + 1, empty(kind, n.in(0)));
                    return kind == ScatterKind.ADD ? all : filledGaps(n, all, none);
                  });
              t.limit("Segment" + name, "constant segments");
            });
    t.one("SegmentMean", IndexingImports::segmentMean);
    t.limit("SegmentMean", "constant segments");
  }

  private static Operand gather(TensorflowNode n) {
    Operand x = n.in(0);
    Operand indices = n.in(1);
    int axis = TensorflowNode.axis(n.knownInteger(2, "axis"), Math.max(1, x.rank()));
    long batch = n.attrs().integer("batch_dims", 0);
    batch = batch < 0 ? batch + indices.rank() : batch;
    if (batch == 0) {
      return n.gather(x, indices, axis);
    }
    UnsupportedFeature.when(axis != batch, "batch_dims=%d with axis=%d", batch, axis);
    Operand tuples = n.unsqueeze(n.toIndex(indices), indices.rank());
    return n.emit(new GatherNd((int) batch), x, tuples);
  }

  private static Operand scatter(
      TensorflowNode n, ScatterKind kind, Operand data, Operand indices, Operand updates) {
    require(indices.rank() >= 1, "indices are %s", indices.type());
    List<Long> extents = TensorflowNode.extents(indices);
    int depth = Math.toIntExact(extents.remove(extents.size() - 1));
    require(depth <= data.rank(), "indices %s of %s", indices.type(), data.type());
    extents.addAll(TensorflowNode.extents(data).subList(depth, data.rank()));
    return n.emit(
        new ScatterNd(kind), data, n.toIndex(indices), n.expand(updates, Shape.of(extents)));
  }

  private static Operand sparseToDense(TensorflowNode n) {
    Shape shape = ConstantImports.shape(n, 1);
    Operand indices = n.in(0);
    if (indices.rank() < 2) {
      indices = n.reshape(indices, Math.max(1, indices.shape().elements()), 1);
    }
    Operand data = n.expand(n.in(3), shape);
    Operand updates = n.expand(n.in(2), Shape.of(indices.dim(0)));
    return scatter(n, ScatterKind.NONE, data, indices, updates);
  }

  private static Operand oneHot(TensorflowNode n) {
    Operand indices = n.in(0);
    long depth = n.knownInteger(1, "depth");
    long said = n.attrs().integer("axis", -1);
    int axis = TensorflowNode.axis(said, indices.rank() + 1);
    Operand values = n.concat(List.of(n.reshape(n.in(3), 1), n.reshape(n.in(2), 1)), 0);
    // Below zero is off, and not counted from the end.
    Operand i = n.toIndex(indices);
    Operand none = n.number(DType.I64, depth);
    Operand safe = n.where(n.with(ElementwiseKind.LESS, i, 0), none, i);
    return n.emit(new OneHot(axis, depth), safe, values);
  }

  private static Operand reverseSequence(TensorflowNode n) {
    Operand x = n.in(0);
    int batch = TensorflowNode.axis(n.attrs().integer("batch_dim", 0), x.rank());
    int time = TensorflowNode.axis(n.attrs().integer("seq_dim", 0), x.rank());
    require(batch != time, "batch_dim and seq_dim are both %d", batch);
    List<Integer> perm = new ArrayList<>(List.of(batch, time));
    List<Integer> back = new ArrayList<>();
    for (int i = 0; i < x.rank(); i++) {
      if (i != batch && i != time) {
        perm.add(i);
      }
    }
    for (int i = 0; i < x.rank(); i++) {
      back.add(perm.indexOf(i));
    }
    long steps = x.dim(time);
    Operand at = n.reshape(iota(n, steps), 1, steps);
    Operand lengths = n.unsqueeze(n.toIndex(n.in(1)), 1);
    Operand turned = n.sub(n.with(ElementwiseKind.SUB, lengths, 1), at);
    Operand from = n.where(n.apply(ElementwiseKind.LESS, at, lengths), turned, at);
    Operand tuples = n.unsqueeze(from, 2);
    return n.transpose(n.emit(new GatherNd(1), n.transpose(x, perm), tuples), back);
  }

  static Operand iota(TensorflowNode n, long count) {
    long[] values = new long[TensorflowNode.table(count)];
    Arrays.setAll(values, i -> i);
    return n.integers(DType.I64, values);
  }

  /** What a segment without elements gives. */
  private static double empty(ScatterKind kind, Operand x) {
    double most =
        switch (x.dtype()) {
          case F32 -> Float.MAX_VALUE;
          case F64 -> Double.MAX_VALUE;
          case F16 -> 65504;
          default -> x.dtype().highest();
        };
    return switch (kind) {
      case MUL -> 1;
      case MAX -> x.dtype().isFloat() ? -most : x.dtype().lowest();
      case MIN -> most;
      default -> 0;
    };
  }

  /** Ids below zero belong to no segment: they go to one behind the last, which is cut off. */
  private static Operand unsorted(TensorflowNode n, ScatterKind kind, long count, double none) {
    Operand x = n.in(0);
    Operand ids = n.toIndex(n.in(1));
    require(ids.rank() <= x.rank() && count >= 0, "segments %s of %s", ids.type(), x.type());
    List<Long> extents = new ArrayList<>(List.of(Math.addExact(count, 1)));
    extents.addAll(TensorflowNode.extents(x).subList(ids.rank(), x.rank()));
    Operand data = n.filled(x.dtype(), TensorProtos.shape(extents), none);
    Operand outside = n.with(ElementwiseKind.LESS, ids, 0);
    Operand at = n.where(outside, n.number(DType.I64, count), ids);
    Operand all = n.emit(new ScatterNd(kind), data, n.unsqueeze(at, at.rank()), x);
    return n.slice(all, 0, 0, count);
  }

  private static long lastSegment(TensorflowNode n) {
    long last = -1;
    for (long id : n.knownIntegers(1, "segment_ids")) {
      require(id >= last, "segments are not sorted");
      last = id;
    }
    return last;
  }

  /** Sorted segments that no element belongs to. */
  private static Operand filledGaps(TensorflowNode n, Operand all, double none) {
    List<Long> ids = n.knownIntegers(1, "segment_ids");
    long[] there = new long[Math.toIntExact(all.dim(0))];
    ids.forEach(id -> there[Math.toIntExact(id)] = 1);
    if (Arrays.stream(there).allMatch(v -> v == 1)) {
      return all;
    }
    long[] extents = new long[all.rank()];
    Arrays.fill(extents, 1);
    extents[0] = there.length;
    Operand mask = n.reshape(n.cast(n.integers(DType.I64, there), DType.BOOL), extents);
    return n.where(mask, all, n.number(all.dtype(), none));
  }

  private static Operand segmentMean(TensorflowNode n) {
    Operand sum = unsorted(n, ScatterKind.ADD, lastSegment(n) + 1, 0);
    double[] counts = new double[Math.toIntExact(sum.dim(0))];
    n.knownIntegers(1, "segment_ids").forEach(id -> counts[Math.toIntExact(id)]++);
    Arrays.setAll(counts, i -> Math.max(1, counts[i]));
    long[] extents = new long[sum.rank()];
    Arrays.fill(extents, 1);
    extents[0] = counts.length;
    Tensor divisor =
        Tensor.of(new dev.nncc.graph.TensorType(sum.dtype(), Shape.of(extents)), counts);
    return n.div(sum, n.constant(divisor));
  }

  /** Adds weights at bins; what lies behind the last bin is dropped. */
  private static Operand counted(
      TensorflowNode n, Operand bins, Operand weights, long count, DType dtype) {
    Operand flat = n.reshape(n.toIndex(bins), bins.shape().elements(), 1);
    Operand at = n.apply(ElementwiseKind.MIN, flat, n.number(DType.I64, count));
    Operand data = n.filled(dtype, Shape.of(count + 1), 0);
    return n.slice(n.emit(new ScatterNd(ScatterKind.ADD), data, at, weights), 0, 0, count);
  }

  private static Operand bincount(TensorflowNode n) {
    Operand bins = n.in(0);
    long size = n.knownInteger(1, "size");
    require(size >= 0 && size < Integer.MAX_VALUE, "size is %d", size);
    DType dtype = n.in(2).dtype();
    long elements = bins.shape().elements();
    boolean weighted = n.in(2).shape().elements() > 0;
    Operand weights =
        weighted ? n.reshape(n.in(2), elements) : n.filled(dtype, Shape.of(elements), 1);
    return counted(n, bins, weights, size, dtype);
  }

  private static Operand histogram(TensorflowNode n) {
    Operand x = n.in(0);
    long bins = n.knownInteger(2, "nbins");
    require(bins > 0 && bins < Integer.MAX_VALUE, "nbins is %d", bins);
    Operand low = n.at(n.in(1), 0, 0);
    Operand width = n.sub(n.at(n.in(1), 0, 1), low);
    Operand scaled = n.mul(n.div(n.sub(x, low), width), n.number(x.dtype(), bins));
    Operand at = n.apply(ElementwiseKind.CLIP, 0, bins - 1, n.apply(ElementwiseKind.FLOOR, scaled));
    DType dtype = n.attrs().dtype("dtype", DType.I32);
    Operand ones = n.filled(dtype, Shape.of(x.shape().elements()), 1);
    return counted(n, n.cast(at, DType.I64), ones, bins, dtype);
  }

  private static List<Operand> partition(TensorflowNode n) {
    Operand x = n.in(0);
    int rank = n.in(1).rank();
    List<Long> ids = n.knownIntegers(1, "partitions");
    require(rank <= x.rank(), "partitions %s of %s", n.in(1).type(), x.type());
    List<Long> extents = new ArrayList<>(List.of((long) ids.size()));
    extents.addAll(TensorflowNode.extents(x).subList(rank, x.rank()));
    Operand rows = n.reshape(x, Shape.of(extents));
    List<Operand> out = new ArrayList<>();
    for (long p = 0; p < n.attrs().integer("num_partitions", 1); p++) {
      List<Long> members = new ArrayList<>();
      for (long i = 0; i < ids.size(); i++) {
        if (ids.get((int) i) == p) {
          members.add(i);
        }
      }
      long[] at = members.stream().mapToLong(Long::longValue).toArray();
      out.add(n.gather(rows, n.integers(DType.I64, at), 0));
    }
    return out;
  }

  /** Where indices repeat, the last one wins. */
  private static Operand stitch(TensorflowNode n) {
    int count = n.inputs() / 2;
    require(count > 0 && n.inputs() % 2 == 0, "%d inputs", n.inputs());
    TreeMap<Long, Long> sources = new TreeMap<>();
    List<Operand> rows = new ArrayList<>();
    long at = 0;
    for (int i = 0; i < count; i++) {
      Operand x = n.in(count + i);
      int rank = n.in(i).rank();
      List<Long> indices = n.knownIntegers(i, "indices");
      for (long index : indices) {
        require(index >= 0 && index < (1 << 24), "index %d", index);
        sources.put(index, at++);
      }
      List<Long> extents = new ArrayList<>(List.of((long) indices.size()));
      extents.addAll(TensorflowNode.extents(x).subList(rank, x.rank()));
      rows.add(n.reshape(x, Shape.of(extents)));
    }
    long[] from = new long[sources.isEmpty() ? 0 : Math.toIntExact(sources.lastKey() + 1)];
    sources.forEach((to, source) -> from[Math.toIntExact(to)] = source);
    return n.gather(n.concat(rows, 0), n.integers(DType.I64, from), 0);
  }
}
