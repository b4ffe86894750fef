package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.importing.UnsupportedFeature;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.Gather;
import dev.nncc.graph.op.GatherElements;
import dev.nncc.graph.op.GatherNd;
import dev.nncc.graph.op.OneHot;
import dev.nncc.graph.op.ScatterElements;
import dev.nncc.graph.op.ScatterKind;
import dev.nncc.graph.op.ScatterNd;
import dev.nncc.graph.op.TopK;
import java.util.ArrayList;
import java.util.List;

/** Elements chosen by data. */
final class IndexingImports {
  private IndexingImports() {}

  static void addTo(OperatorTable t) {
    t.one("Gather", 1, IndexingImports::gather);
    t.one("GatherElements", 11, IndexingImports::gatherElements);
    t.one("GatherND", 11, IndexingImports::gatherNd);
    t.one("Scatter", 9, IndexingImports::scatterElements);
    t.one("ScatterElements", 11, IndexingImports::scatterElements);
    t.one("ScatterND", 11, n -> n.emit(new ScatterNd(kind(n)), n.in(0), index(n, 1), n.in(2)));
    t.one("OneHot", 9, IndexingImports::oneHot);
    t.add("TopK", 1, n -> topK(n, n.attrs().integer("k")));
    t.add("TopK", 10, n -> topK(n, n.knownInteger(1, "K")));
    t.one("Compress", 9, IndexingImports::compress);
    t.one("NonZero", 9, IndexingImports::nonZero);
    t.one("ReverseSequence", 10, IndexingImports::reverseSequence);
    t.limit("OneHot", "constant depth");
    t.limit("TopK", "constant K");
    t.limit("Compress", "constant condition");
    t.limit("NonZero", "constant operand");
    t.limit("ReverseSequence", "constant sequence_lens");
  }

  private static int axis(OnnxNode n, Operand x) {
    return OnnxNode.axis(n.attrs().integer("axis", 0), x.rank());
  }

  private static Operand index(OnnxNode n, int i) {
    Operand o = n.in(i);
    require(o.dtype().isInteger(), "indices are %s", o.type());
    return o.dtype() == DType.I32 || o.dtype() == DType.I64 ? o : n.cast(o, DType.I64);
  }

  private static Operand gather(OnnxNode n) {
    return n.emit(new Gather(axis(n, n.in(0))), n.in(0), index(n, 1));
  }

  private static Operand gatherElements(OnnxNode n) {
    return n.emit(new GatherElements(axis(n, n.in(0))), n.in(0), index(n, 1));
  }

  private static Operand gatherNd(OnnxNode n) {
    long batch = n.attrs().integer("batch_dims", 0);
    require(batch >= 0 && batch < n.in(0).rank(), "batch_dims is %d", batch);
    return n.emit(new GatherNd((int) batch), n.in(0), index(n, 1));
  }

  private static ScatterKind kind(OnnxNode n) {
    String reduction = n.attrs().text("reduction", "none");
    return switch (reduction) {
      case "none" -> ScatterKind.NONE;
      case "add" -> ScatterKind.ADD;
      case "mul" -> ScatterKind.MUL;
      case "min" -> ScatterKind.MIN;
      case "max" -> ScatterKind.MAX;
      default -> throw new UnsupportedFeature("reduction=%s is not supported", reduction);
    };
  }

  private static Operand scatterElements(OnnxNode n) {
    return n.emit(new ScatterElements(axis(n, n.in(0)), kind(n)), n.in(0), index(n, 1), n.in(2));
  }

  private static Operand oneHot(OnnxNode n) {
    Operand indices = n.in(0);
    if (indices.dtype().isFloat()) {
      indices = n.cast(indices, DType.I64);
    }
    double depth = n.knownNumber(1, "depth");
    require(depth >= 0 && depth <= Integer.MAX_VALUE, "depth is %s", depth);
    int axis = OnnxNode.axis(n.attrs().integer("axis", -1), indices.rank() + 1);
    return n.emit(new OneHot(axis, (long) depth), indices, n.in(2));
  }

  private static List<Operand> topK(OnnxNode n, long k) {
    Operand x = n.in(0);
    int axis = OnnxNode.axis(n.attrs().integer("axis", -1), x.rank());
    boolean largest = n.attrs().flag("largest", true);
    return n.emitAll(new TopK(axis, k, largest), List.of(x));
  }

  private static Operand compress(OnnxNode n) {
    Operand x = n.in(0);
    long[] condition = n.known(1, "condition").toLongs();
    boolean flat = !n.attrs().has("axis");
    int axis = flat ? 0 : axis(n, x);
    Operand from = flat ? n.reshape(x, x.shape().elements()) : x;
    List<Long> chosen = new ArrayList<>();
    for (int i = 0; i < Math.min(condition.length, from.dim(axis)); i++) {
      if (condition[i] != 0) {
        chosen.add((long) i);
      }
    }
    return n.emit(new Gather(axis), from, n.constant(vector(chosen)));
  }

  private static Tensor vector(List<Long> values) {
    return Tensor.ofLongs(
        Shape.of(values.size()), values.stream().mapToLong(Long::longValue).toArray());
  }

  private static Operand nonZero(OnnxNode n) {
    Tensor x = n.known(0, "X");
    int rank = x.shape().rank();
    long[] strides = x.shape().strides();
    Tensor.Elements e = x.reader();
    List<Long> found = new ArrayList<>();
    for (long i = 0; i < x.elements(); i++) {
      if (e.number(i) != 0) {
        found.add(i);
      }
    }
    long[] out = new long[rank * found.size()];
    for (int a = 0; a < rank; a++) {
      for (int i = 0; i < found.size(); i++) {
        out[a * found.size() + i] = found.get(i) / strides[a] % x.shape().dim(a);
      }
    }
    return n.constant(Tensor.ofLongs(Shape.of(rank, found.size()), out));
  }

  /** The beginning of each sequence turned round, sequence by sequence. */
  private static Operand reverseSequence(OnnxNode n) {
    Operand x = n.in(0);
    int batch = OnnxNode.axis(n.attrs().integer("batch_axis", 1), x.rank());
    int time = OnnxNode.axis(n.attrs().integer("time_axis", 0), x.rank());
    require(batch != time, "batch_axis and time_axis are both %d", batch);
    List<Long> lengths = n.knownIntegers(1, "sequence_lens");
    require(lengths.size() == x.dim(batch), "%s lengths for %s", lengths.size(), x.type());
    List<Operand> rows = new ArrayList<>();
    for (int b = 0; b < lengths.size(); b++) {
      long length = lengths.get(b);
      require(length >= 0 && length <= x.dim(time), "length %d in %s", length, x.type());
      Operand row = new SliceImports.Part(x).take(batch, b, 1, 1).of(n, x);
      if (length < 2) {
        rows.add(row);
        continue;
      }
      Operand turned = new SliceImports.Part(row).take(time, length - 1, length, -1).of(n, row);
      long left = x.dim(time) - length;
      if (left > 0) {
        Operand tail = new SliceImports.Part(row).take(time, length, left, 1).of(n, row);
        turned = n.emit(new Concat(time), turned, tail);
      }
      rows.add(turned);
    }
    return rows.size() == 1 ? rows.get(0) : n.emitAll(new Concat(batch), rows).get(0);
  }
}
