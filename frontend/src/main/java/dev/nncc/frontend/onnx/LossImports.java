package dev.nncc.frontend.onnx;

import static dev.nncc.graph.ModelException.require;

import dev.nncc.frontend.importing.Operand;
import dev.nncc.graph.DType;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Tensor;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Gather;
import dev.nncc.graph.op.GatherElements;
import dev.nncc.graph.op.LogSoftmax;
import dev.nncc.graph.op.ReduceKind;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Losses, for models that were exported with them. */
final class LossImports {
  private LossImports() {}

  static void addTo(OperatorTable t) {
    t.one("NegativeLogLikelihoodLoss", 12, n -> likelihood(n, n.in(0)));
    t.add("SoftmaxCrossEntropyLoss", 12, LossImports::crossEntropy);
  }

  private static List<Operand> crossEntropy(OnnxNode n) {
    require(n.in(0).rank() >= 2, "%s has no classes", n.in(0).type());
    Operand log = n.emit(new LogSoftmax(1), n.in(0));
    return List.of(likelihood(n, log), log);
  }

  /** Minus the log probability of the target's class, weighted by class. */
  private static Operand likelihood(OnnxNode n, Operand log) {
    DType type = log.dtype();
    Operand target = n.cast(n.in(1), DType.I64);
    require(
        log.rank() == target.rank() + 1 && log.rank() >= 2, "%s for %s", target.type(), log.type());
    Operand zero = n.number(type, 0);
    Operand ignored = null;
    if (n.attrs().has("ignore_index")) {
      Operand index = n.constant(Tensor.ofLongs(Shape.SCALAR, n.attrs().integer("ignore_index")));
      ignored = n.apply(ElementwiseKind.EQUAL, target, index);
      target = n.apply(ElementwiseKind.WHERE, ignored, n.number(DType.I64, 0), target);
    }
    List<Long> column = new ArrayList<>();
    for (long d : target.shape().toArray()) {
      column.add(d);
    }
    column.add(1, 1L);
    Operand chosen = n.emit(new GatherElements(1), log, n.reshape(target, Shape.of(column)));
    Operand loss = n.apply(ElementwiseKind.NEG, n.reshape(chosen, target.shape()));
    Operand weight =
        n.has(2) ? n.emit(new Gather(0), n.in(2), target) : n.filled(type, target.shape(), 1);
    if (ignored != null) {
      weight = n.apply(ElementwiseKind.WHERE, ignored, zero, weight);
    }
    // An ignored target has weight 0, but its class may have an infinite loss.
    Operand safe = ignored == null ? loss : n.apply(ElementwiseKind.WHERE, ignored, zero, loss);
    Operand weighted = n.apply(ElementwiseKind.MUL, safe, weight);
    String reduction = n.attrs().text("reduction", "mean");
    if (reduction.equals("none")) {
      return weighted;
    }
    require(reduction.equals("sum") || reduction.equals("mean"), "reduction is '%s'", reduction);
    List<Integer> all = IntStream.range(0, target.rank()).boxed().toList();
    Operand sum = n.reduce(ReduceKind.SUM, weighted, all, false);
    return reduction.equals("sum")
        ? sum
        : n.apply(ElementwiseKind.DIV, sum, n.reduce(ReduceKind.SUM, weight, all, false));
  }
}
