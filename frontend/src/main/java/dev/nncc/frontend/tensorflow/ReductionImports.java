package dev.nncc.frontend.tensorflow;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.DType;
import dev.nncc.graph.op.ArgReduce;
import dev.nncc.graph.op.CumSum;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.LogSoftmax;
import dev.nncc.graph.op.ReduceKind;
import dev.nncc.graph.op.Softmax;
import dev.nncc.graph.op.TopK;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reductions, running sums, softmax, and losses made of them. */
final class ReductionImports {
  private static final Map<String, ReduceKind> KINDS =
      Map.of(
          "Sum", ReduceKind.SUM,
          "Mean", ReduceKind.MEAN,
          "Max", ReduceKind.MAX,
          "Min", ReduceKind.MIN,
          "Prod", ReduceKind.PROD,
          "All", ReduceKind.MIN,
          "Any", ReduceKind.MAX);

  private ReductionImports() {}

  static void addTo(Operators t) {
    new TreeMap<>(KINDS).forEach((name, kind) -> t.one(name, n -> reduce(n, kind, n.in(0))));
    t.one(
        "EuclideanNorm",
        n -> n.apply(ElementwiseKind.SQRT, reduce(n, ReduceKind.SUM, n.mul(n.in(0), n.in(0)))));
    t.one("L2Loss", n -> n.with(ElementwiseKind.MUL, sumOfAll(n, n.mul(n.in(0), n.in(0))), 0.5));
    t.one("ArgMax", n -> arg(n, true));
    t.one("ArgMin", n -> arg(n, false));
    t.one("Cumsum", ReductionImports::cumSum);
    t.one("Cumprod", ReductionImports::cumProd);
    t.one("Softmax", n -> alongLast(n, n.in(0), false));
    t.one("LogSoftmax", n -> alongLast(n, n.in(0), true));
    t.many("SoftmaxCrossEntropyWithLogits", ReductionImports::crossEntropy);
    t.many("SparseSoftmaxCrossEntropyWithLogits", ReductionImports::sparseCrossEntropy);
    t.many("TopKV2", n -> topK(n, n.knownInteger(1, "k")));
    t.many("TopK", n -> topK(n, n.attrs().integer("k", 1)));
    t.one("NthElement", ReductionImports::nth);
    t.one("InTopKV2", n -> inTopK(n, n.knownInteger(2, "k")));
    t.one("InTopK", n -> inTopK(n, n.attrs().integer("k", 1)));
  }

  private static Operand reduce(TensorflowNode n, ReduceKind kind, Operand x) {
    List<Integer> axes = TensorflowNode.axes(n.knownIntegers(1, "axes"), x.rank());
    return n.reduce(kind, x, axes, n.attrs().flag("keep_dims", false));
  }

  private static Operand sumOfAll(TensorflowNode n, Operand x) {
    return n.reduce(ReduceKind.SUM, x, TensorflowNode.range(0, x.rank()), false);
  }

  private static Operand arg(TensorflowNode n, boolean max) {
    Operand x = n.in(0);
    int axis = TensorflowNode.axis(n.knownInteger(1, "dimension"), x.rank());
    Operand numbers = x.dtype() == DType.BOOL ? n.cast(x, DType.U8) : x;
    Operand i = n.emit(new ArgReduce(max, axis, false, false), numbers);
    return n.cast(i, n.attrs().dtype("output_type", DType.I64));
  }

  private static Operand cumSum(TensorflowNode n) {
    Operand x = n.in(0);
    int axis = TensorflowNode.axis(n.knownInteger(1, "axis"), x.rank());
    boolean exclusive = n.attrs().flag("exclusive", false);
    return n.emit(new CumSum(axis, exclusive, n.attrs().flag("reverse", false)), x);
  }

  /** Products with what lies 1, 2, 4, .. elements before. */
  private static Operand cumProd(TensorflowNode n) {
    Operand x = n.in(0);
    int axis = TensorflowNode.axis(n.knownInteger(1, "axis"), x.rank());
    boolean reverse = n.attrs().flag("reverse", false);
    Operand y = reverse ? n.reverse(x, axis) : x;
    if (n.attrs().flag("exclusive", false)) {
      y = delayed(n, y, axis, 1);
    }
    for (long shift = 1; shift < x.dim(axis); shift *= 2) {
      y = n.mul(y, delayed(n, y, axis, shift));
    }
    return reverse ? n.reverse(y, axis) : y;
  }

  /** Shifted to the back, with ones in front. */
  private static Operand delayed(TensorflowNode n, Operand x, int axis, long by) {
    if (x.dim(axis) == 0) {
      return x;
    }
    Operand rest = n.slice(x, axis, 0, x.dim(axis) - by);
    List<Long> extents = TensorflowNode.extents(x);
    extents.set(axis, by);
    Operand ones = n.filled(x.dtype(), dev.nncc.graph.Shape.of(extents), 1);
    return n.concat(List.of(ones, rest), axis);
  }

  private static Operand alongLast(TensorflowNode n, Operand x, boolean log) {
    require(x.rank() >= 1, "%s has no axis", x.type());
    int axis = x.rank() - 1;
    return log ? n.emit(new LogSoftmax(axis), x) : n.emit(new Softmax(axis), x);
  }

  private static List<Operand> crossEntropy(TensorflowNode n) {
    Operand logits = n.in(0);
    Operand labels = n.expand(n.in(1), logits.shape());
    Operand log = alongLast(n, logits, true);
    Operand loss =
        n.apply(
            ElementwiseKind.NEG, n.reduce(ReduceKind.SUM, n.mul(labels, log), List.of(1), false));
    return List.of(loss, n.sub(alongLast(n, logits, false), labels));
  }

  private static List<Operand> sparseCrossEntropy(TensorflowNode n) {
    Operand logits = n.in(0);
    Operand labels =
        n.emit(
            new dev.nncc.graph.op.OneHot(1, logits.dim(1)),
            n.in(1),
            n.cast(n.integers(DType.I64, 0, 1), logits.dtype()));
    Operand log = alongLast(n, logits, true);
    Operand loss =
        n.apply(
            ElementwiseKind.NEG, n.reduce(ReduceKind.SUM, n.mul(labels, log), List.of(1), false));
    return List.of(loss, n.sub(alongLast(n, logits, false), labels));
  }

  private static List<Operand> topK(TensorflowNode n, long k) {
    Operand x = n.in(0);
    List<Operand> r = n.emitAll(new TopK(x.rank() - 1, k, true), List.of(x));
    return List.of(r.get(0), n.cast(r.get(1), n.attrs().dtype("index_type", DType.I32)));
  }

  private static Operand nth(TensorflowNode n) {
    Operand x = n.in(0);
    int axis = x.rank() - 1;
    long at = n.knownInteger(1, "n");
    require(at >= 0 && at < x.dim(axis), "n is %d for %s", at, x.type());
    boolean largest = n.attrs().flag("reverse", false);
    Operand sorted = n.emitAll(new TopK(axis, at + 1, largest), List.of(x)).get(0);
    return n.at(sorted, axis, at);
  }

  /** Whether fewer than k predictions are greater than that for the target. */
  private static Operand inTopK(TensorflowNode n, long k) {
    Operand x = n.in(0);
    Operand targets = n.unsqueeze(n.toIndex(n.in(1)), 1);
    Operand own = n.emit(new dev.nncc.graph.op.GatherElements(1), x, targets);
    Operand greater = n.cast(n.apply(ElementwiseKind.LESS, own, x), DType.I64);
    Operand count = n.reduce(ReduceKind.SUM, greater, List.of(1), false);
    return n.with(ElementwiseKind.LESS, count, k);
  }
}
