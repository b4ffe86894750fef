package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.frontend.tensor.TensorProtos;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Operators whose results have as many elements as the data says. Shapes are fixed at compile time,
 * so their operands must be known while the model is imported.
 */
final class DataShapedImports {
  private DataShapedImports() {}

  static void addTo(Operators t) {
    t.one("Where", DataShapedImports::where);
    t.many("Unique", n -> unique(n).subList(0, 2));
    t.many("UniqueV2", n -> unique(n).subList(0, 2));
    t.many("UniqueWithCounts", DataShapedImports::unique);
    t.many("ListDiff", DataShapedImports::difference);
    t.many("RaggedRange", DataShapedImports::raggedRange);
    for (String op : List.of("", "V2", "V3", "V4", "V5")) {
      t.add("NonMaxSuppression" + op, n -> NonMaxSuppression.of(n));
      t.limit("NonMaxSuppression" + op, "constant operands");
    }
    for (String op :
        List.of("Where", "Unique", "UniqueV2", "UniqueWithCounts", "ListDiff", "RaggedRange")) {
      t.limit(op, "constant operands");
    }
  }

  /** Indices of what is not zero, a row each. */
  private static Operand where(TensorflowNode n) {
    Tensor t = n.known(0, "condition");
    long[] strides = t.shape().strides();
    Tensor.Elements e = t.reader();
    List<Long> found = new ArrayList<>();
    long count = 0;
    for (long i = 0; i < t.elements(); i++) {
      if (e.number(i) != 0) {
        count++;
        long rest = i;
        for (long stride : strides) {
          found.add(rest / stride);
          rest %= stride;
        }
      }
    }
    long[] values = found.stream().mapToLong(Long::longValue).toArray();
    return n.constant(Tensor.ofLongs(Shape.of(count, strides.length), values));
  }

  private static List<Operand> unique(TensorflowNode n) {
    Tensor t = n.known(0, "x");
    require(t.shape().rank() == 1, "%s is no list", t.type());
    Map<Double, Long> places = new LinkedHashMap<>();
    List<Long> first = new ArrayList<>();
    long[] index = new long[(int) t.elements()];
    List<Long> counts = new ArrayList<>();
    Tensor.Elements e = t.reader();
    for (int i = 0; i < index.length; i++) {
      Long place = places.get(e.number(i));
      if (place == null) {
        place = (long) places.size();
        places.put(e.number(i), place);
        first.add((long) i);
        counts.add(0L);
      }
      index[i] = place;
      counts.set(place.intValue(), counts.get(place.intValue()) + 1);
    }
    DType at = n.attrs().dtype("out_idx", DType.I32);
    return List.of(
        n.gather(n.in(0), integers(n, DType.I64, first), 0),
        n.integers(at, index),
        integers(n, at, counts));
  }

  private static Operand integers(TensorflowNode n, DType dtype, List<Long> values) {
    return n.integers(dtype, values.stream().mapToLong(Long::longValue).toArray());
  }

  /** What is in the first list and not in the second. */
  private static List<Operand> difference(TensorflowNode n) {
    Tensor x = n.known(0, "x");
    Tensor y = n.known(1, "y");
    List<Long> kept = new ArrayList<>();
    List<Double> without = new ArrayList<>();
    for (double d : y.toDoubles()) {
      without.add(d);
    }
    double[] values = x.toDoubles();
    for (int i = 0; i < values.length; i++) {
      if (!without.contains(values[i])) {
        kept.add((long) i);
      }
    }
    return List.of(
        n.gather(n.in(0), integers(n, DType.I64, kept), 0),
        integers(n, n.attrs().dtype("out_idx", DType.I32), kept));
  }

  /** Where each range begins, and all ranges one after the other. */
  private static List<Operand> raggedRange(TensorflowNode n) {
    double[] starts = n.known(0, "starts").toDoubles();
    double[] limits = n.known(1, "limits").toDoubles();
    double[] deltas = n.known(2, "deltas").toDoubles();
    int rows = Math.max(starts.length, Math.max(limits.length, deltas.length));
    List<Long> splits = new ArrayList<>(List.of(0L));
    List<Double> values = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      double from = starts[starts.length == 1 ? 0 : i];
      double to = limits[limits.length == 1 ? 0 : i];
      double by = deltas[deltas.length == 1 ? 0 : i];
      require(by != 0 && Math.abs(to - from) / Math.abs(by) < 1 << 20, "delta is %s", by);
      for (double v = from; by > 0 ? v < to : v > to; v += by) {
        values.add(v);
      }
      splits.add((long) values.size());
    }
    TensorType type =
        new TensorType(n.in(0).dtype(), TensorProtos.shape(List.of((long) values.size())));
    Tensor all = Tensor.of(type, values.stream().mapToDouble(Double::doubleValue).toArray());
    return List.of(integers(n, n.attrs().dtype("Tsplits", DType.I64), splits), n.constant(all));
  }
}
