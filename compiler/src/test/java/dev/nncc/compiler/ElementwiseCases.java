package dev.nncc.compiler;

import dev.nncc.graph.DType;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Reduce;
import dev.nncc.graph.op.ReduceKind;
import java.util.ArrayList;
import java.util.List;

/** Elementwise operators: chains, broadcasts, integers. */
final class ElementwiseCases {
  private ElementwiseCases() {}

  static Graph elementwise(FamilyCases r, FamilyCase c) {
    Value x = c.input(r.extent(), r.extent() * 7);
    List<ElementwiseKind> kinds = new ArrayList<>();
    for (ElementwiseKind k : ElementwiseKind.values()) {
      boolean total =
          k != ElementwiseKind.ACOSH
              && k != ElementwiseKind.LOG
              && k != ElementwiseKind.SQRT
              && k != ElementwiseKind.RECIPROCAL
              && k != ElementwiseKind.TAN;
      if (k.arity() == 1 && k.admits(DType.F32) && k.resultType(DType.F32) == DType.F32 && total) {
        kinds.add(k);
      }
    }
    Value y = x;
    for (int i = 0; i < 3; i++) {
      y = c.act(kinds.get(r.random.nextInt(kinds.size())), c.act(ElementwiseKind.SIGMOID, y));
    }
    return c.graph(y);
  }

  static Graph broadcast(FamilyCases r, FamilyCase c) {
    long n = r.channels();
    Value x = c.input(2, n, r.extent(), 1);
    Value y = c.input(n, 1, r.extent());
    Value z = c.add(Elementwise.of(ElementwiseKind.MUL), x, y);
    return c.graph(
        c.add(Elementwise.of(ElementwiseKind.MAX), z, c.constant(1)),
        c.add(Elementwise.of(ElementwiseKind.LESS), x, z));
  }

  static Graph integers(FamilyCases r, FamilyCase c) {
    DType t = List.of(DType.I64, DType.I32, DType.I16, DType.U8, DType.I8).get(r.random.nextInt(5));
    Value x = c.input(t, 100, r.extent(), 9);
    Value y = c.input(t, 5, 9);
    Value q = c.add(Elementwise.of(ElementwiseKind.DIV), x, y);
    Value m = c.add(Elementwise.of(ElementwiseKind.MOD), x, y);
    Value p = c.add(Elementwise.of(ElementwiseKind.MUL), q, m);
    return c.graph(
        c.add(Elementwise.of(ElementwiseKind.SUB), p, x),
        c.add(new Reduce(ReduceKind.SUM, List.of(1), false), x));
  }
}
