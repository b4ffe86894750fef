package dev.nncc.graph.bound;

import dev.nncc.graph.Op;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.op.Gather;
import dev.nncc.graph.op.GatherElements;
import dev.nncc.graph.op.GatherNd;
import dev.nncc.graph.op.OneHot;
import dev.nncc.graph.op.ScatterElements;
import dev.nncc.graph.op.ScatterKind;
import dev.nncc.graph.op.ScatterNd;
import dev.nncc.graph.op.Suppress;
import dev.nncc.graph.op.TopK;
import java.util.Arrays;
import java.util.List;

/** Errors follow the indices; an index that is open leaves everything open. */
final class IndexingBounds {
  private IndexingBounds() {}

  static List<Bounded> of(Op op, List<Bounded> operands, List<Tensor> results) {
    if (op instanceof TopK t) {
      return top(t, operands.get(0), results);
    }
    if (operands.stream().allMatch(Bounded::isExact) && !accumulates(op)) {
      return results.stream().map(Bounded::exact).toList();
    }
    if (op instanceof Suppress) {
      return List.of(open(results.get(0)));
    }
    Bounded indices = operands.get(op instanceof OneHot ? 0 : 1);
    if (!indices.isExact()) {
      return List.of(open(results.get(0)));
    }
    Tensor value = results.get(0);
    Tensor at = indices.value();
    if (op instanceof Gather || op instanceof GatherElements || op instanceof GatherNd) {
      Tensor moved = Wide.apply(op, operands.get(0).errorTensor(), at);
      return List.of(Bounded.of(value, moved.toDoubles()));
    }
    if (op instanceof OneHot) {
      Tensor moved = Wide.apply(op, at, operands.get(1).errorTensor());
      return List.of(Bounded.of(value, moved.toDoubles()));
    }
    return List.of(scatter(op, operands.get(0), at, operands.get(2), value));
  }

  private static boolean accumulates(Op op) {
    ScatterKind kind = kind(op);
    return kind == ScatterKind.ADD || kind == ScatterKind.MUL;
  }

  private static ScatterKind kind(Op op) {
    return op instanceof ScatterElements s
        ? s.kind()
        : op instanceof ScatterNd n ? n.kind() : ScatterKind.NONE;
  }

  private static Bounded scatter(Op op, Bounded data, Tensor at, Bounded updates, Tensor value) {
    Tensor d = data.errorTensor();
    Tensor u = updates.errorTensor();
    if (kind(op) == ScatterKind.NONE) {
      return Bounded.of(value, Wide.apply(op, d, at, u).toDoubles());
    }
    if (kind(op) == ScatterKind.MIN || kind(op) == ScatterKind.MAX) {
      Tensor x = Wide.of(data.value());
      Tensor y = Wide.of(updates.value());
      Tensor up = Wide.apply(op, Wide.map(x, d, Double::sum), at, Wide.map(y, u, Double::sum));
      Tensor down =
          Wide.apply(op, Wide.map(x, d, (a, b) -> a - b), at, Wide.map(y, u, (a, b) -> a - b));
      return Bounded.of(value, Wide.map(up, down, Wide::distance).toDoubles());
    }
    Tensor x = Wide.abs(data.value());
    Tensor y = Wide.abs(updates.value());
    Tensor size = Wide.apply(op, x, at, y);
    Tensor wider = Wide.apply(op, Wide.map(x, d, Double::sum), at, Wide.map(y, u, Double::sum));
    double[] carried = Wide.map(wider, size, (a, b) -> a == b ? 0 : Math.max(0, a - b)).toDoubles();
    double count = kind(op) == ScatterKind.ADD ? updates.value().elements() : 16;
    return Rounding.add(value, carried, wider.toDoubles(), count);
  }

  /**
   * The k-th greatest of numbers moves no farther than the farthest of them. Where a NaN stands
   * among numbers is not defined.
   */
  private static List<Bounded> top(TopK op, Bounded x, List<Tensor> results) {
    Tensor undefined = Wide.map(x.value(), v -> Double.isNaN(v) ? 1 / 0.0 : 0);
    Tensor worst = Lines.max(Wide.map(x.errorTensor(), undefined, Double::sum), op.axis());
    Tensor values = results.get(0);
    Tensor errors = Wide.expand(worst, values.shape());
    return List.of(
        Bounded.of(values, errors.toDoubles()),
        Bounded.of(results.get(1), Wide.map(errors, e -> e == 0 ? 0 : 1 / 0.0).toDoubles()));
  }

  private static Bounded open(Tensor value) {
    double[] e = new double[Wide.size(value)];
    Arrays.fill(e, Double.POSITIVE_INFINITY);
    return Bounded.of(value, e);
  }
}
