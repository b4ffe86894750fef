package dev.nncc.frontend.onnx;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.Op;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.TensorBuilder;
import dev.nncc.graph.TensorType;
import dev.nncc.graph.op.ArgReduce;
import dev.nncc.graph.op.LogSoftmax;
import dev.nncc.graph.op.OneHot;
import dev.nncc.graph.op.Softmax;
import java.util.function.BiFunction;
import java.util.function.IntFunction;

/** Softmax and its relatives. */
final class SoftmaxImports {
  private SoftmaxImports() {}

  static void addTo(OperatorTable t) {
    add(t, "Softmax", emitting(Softmax::new));
    add(t, "LogSoftmax", emitting(LogSoftmax::new));
    t.one("Hardmax", 1, n -> flattened(n, (x, axis) -> hardmax(n, x, axis)));
    t.one("Hardmax", 13, n -> hardmax(n, n.in(0), axis(n, -1)));
  }

  private interface Body {
    Operand apply(OnnxNode n, Operand x, int axis);
  }

  private static Body emitting(IntFunction<Op> op) {
    return (n, x, axis) -> n.emit(op.apply(axis), x);
  }

  private static void add(OperatorTable t, String name, Body body) {
    t.one(name, 1, n -> flattened(n, (x, axis) -> body.apply(n, x, axis)));
    t.one(name, 13, n -> body.apply(n, n.in(0), axis(n, -1)));
  }

  private static int axis(OnnxNode n, long otherwise) {
    return OnnxNode.axis(n.attrs().integer("axis", otherwise), n.in(0).rank());
  }

  /** Before version 13: over all axes from {@code axis} on together. */
  private static Operand flattened(OnnxNode n, BiFunction<Operand, Integer, Operand> body) {
    Operand x = n.in(0);
    int axis = axis(n, 1);
    long rows = 1;
    long columns = 1;
    for (int i = 0; i < x.rank(); i++) {
      if (i < axis) {
        rows = Math.multiplyExact(rows, x.dim(i));
      } else {
        columns = Math.multiplyExact(columns, x.dim(i));
      }
    }
    if (columns == x.dim(axis)) {
      return body.apply(x, axis);
    }
    Operand flat = n.reshape(x, rows, columns);
    return n.reshape(body.apply(flat, 1), x.shape());
  }

  private static Operand hardmax(OnnxNode n, Operand x, int axis) {
    Operand best = n.emit(new ArgReduce(true, axis, false, false), x);
    TensorBuilder values = new TensorBuilder(TensorType.of(x.dtype(), 2));
    values.set(1, 1.0);
    Tensor zeroAndOne = values.build();
    return n.emit(new OneHot(axis, x.dim(axis)), best, n.constant(zeroAndOne));
  }
}
