package dev.nncc.frontend.onnx;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.DType;
import dev.nncc.graph.op.ArgReduce;
import dev.nncc.graph.op.CumSum;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.ReduceKind;
import java.util.List;
import java.util.stream.IntStream;

/** Reductions along axes, running sums, positions of extremes. */
final class ReductionImports {
  private ReductionImports() {}

  /** What a reduction does once its axes are known. */
  @FunctionalInterface
  private interface Body {
    Operand reduce(OnnxNode n, Operand x, List<Integer> axes, boolean keepDims);
  }

  static void addTo(OperatorTable t) {
    add(t, "ReduceSum", 13, of(ReduceKind.SUM));
    add(t, "ReduceMean", 18, of(ReduceKind.MEAN));
    add(t, "ReduceMax", 18, of(ReduceKind.MAX));
    add(t, "ReduceMin", 18, of(ReduceKind.MIN));
    add(t, "ReduceProd", 18, of(ReduceKind.PROD));
    add(t, "ReduceL1", 18, ReductionImports::l1);
    add(t, "ReduceL2", 18, ReductionImports::l2);
    add(t, "ReduceSumSquare", 18, ReductionImports::sumSquare);
    add(t, "ReduceLogSum", 18, ReductionImports::logSum);
    add(t, "ReduceLogSumExp", 18, ReductionImports::logSumExp);
    t.one("ArgMax", 1, n -> arg(n, true));
    t.one("ArgMin", 1, n -> arg(n, false));
    t.one("CumSum", 11, ReductionImports::cumSum);
  }

  /** Axes are an attribute first and an operand from version {@code asInput} on. */
  private static void add(OperatorTable t, String name, int asInput, Body body) {
    t.one(name, 1, n -> byAttribute(n, body));
    t.one(name, asInput, n -> byInput(n, body));
  }

  private static Body of(ReduceKind kind) {
    return (n, x, axes, keepDims) -> n.reduce(kind, x, axes, keepDims);
  }

  private static List<Integer> all(Operand x) {
    return IntStream.range(0, x.rank()).boxed().toList();
  }

  private static Operand byAttribute(OnnxNode n, Body body) {
    Operand x = n.in(0);
    List<Long> said = n.attrs().integers("axes");
    List<Integer> axes = said.isEmpty() ? all(x) : OnnxNode.axes(said, x.rank());
    return body.reduce(n, x, axes, n.attrs().flag("keepdims", true));
  }

  private static Operand byInput(OnnxNode n, Body body) {
    Operand x = n.in(0);
    List<Long> said = n.has(1) ? n.knownIntegers(1, "axes") : List.of();
    if (said.isEmpty() && n.attrs().flag("noop_with_empty_axes", false)) {
      return body.reduce(n, x, List.of(), true);
    }
    List<Integer> axes = said.isEmpty() ? all(x) : OnnxNode.axes(said, x.rank());
    return body.reduce(n, x, axes, n.attrs().flag("keepdims", true));
  }

  private static Operand l1(OnnxNode n, Operand x, List<Integer> axes, boolean keepDims) {
    return n.reduce(ReduceKind.SUM, n.apply(ElementwiseKind.ABS, x), axes, keepDims);
  }

  private static Operand l2(OnnxNode n, Operand x, List<Integer> axes, boolean keepDims) {
    DType type = x.dtype();
    Operand f = type.isFloat() ? x : n.cast(x, DType.F64);
    Operand root = n.apply(ElementwiseKind.SQRT, sumSquare(n, f, axes, keepDims));
    return n.cast(root, type);
  }

  private static Operand sumSquare(OnnxNode n, Operand x, List<Integer> axes, boolean keepDims) {
    return n.reduce(ReduceKind.SUM, n.apply(ElementwiseKind.MUL, x, x), axes, keepDims);
  }

  private static Operand logSum(OnnxNode n, Operand x, List<Integer> axes, boolean keepDims) {
    return n.apply(ElementwiseKind.LOG, n.reduce(ReduceKind.SUM, x, axes, keepDims));
  }

  /** The maximum is taken out first, so that no exponential overflows. */
  private static Operand logSumExp(OnnxNode n, Operand x, List<Integer> axes, boolean keepDims) {
    Operand max = n.reduce(ReduceKind.MAX, x, axes, true);
    // Where everything is infinite a difference would be NaN: there nothing is taken out.
    Operand finite =
        n.apply(
            ElementwiseKind.WHERE,
            n.apply(ElementwiseKind.IS_INF, 1, 1, max),
            n.number(x.dtype(), 0),
            max);
    Operand exp = n.apply(ElementwiseKind.EXP, n.apply(ElementwiseKind.SUB, x, finite));
    Operand sum = n.reduce(ReduceKind.SUM, exp, axes, true);
    Operand log = n.apply(ElementwiseKind.ADD, n.apply(ElementwiseKind.LOG, sum), finite);
    return keepDims || axes.isEmpty() ? log : ShapeImports.withoutAxes(n, log, axes);
  }

  private static Operand arg(OnnxNode n, boolean max) {
    Operand x = n.in(0);
    int axis = OnnxNode.axis(n.attrs().integer("axis", 0), x.rank());
    boolean keep = n.attrs().flag("keepdims", true);
    return n.emit(new ArgReduce(max, axis, keep, n.attrs().flag("select_last_index", false)), x);
  }

  private static Operand cumSum(OnnxNode n) {
    Operand x = n.in(0);
    int axis = OnnxNode.axis(n.knownInteger(1, "axis"), x.rank());
    boolean exclusive = n.attrs().flag("exclusive", false);
    return n.emit(new CumSum(axis, exclusive, n.attrs().flag("reverse", false)), x);
  }
}
