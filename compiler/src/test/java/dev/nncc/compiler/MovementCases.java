package dev.nncc.compiler;

import dev.nncc.graph.DType;
import dev.nncc.graph.Graph;
import dev.nncc.graph.Origin;
import dev.nncc.graph.Shape;
import dev.nncc.graph.Value;
import dev.nncc.graph.op.Concat;
import dev.nncc.graph.op.CumSum;
import dev.nncc.graph.op.Elementwise;
import dev.nncc.graph.op.ElementwiseKind;
import dev.nncc.graph.op.Expand;
import dev.nncc.graph.op.Gather;
import dev.nncc.graph.op.GatherElements;
import dev.nncc.graph.op.OneHot;
import dev.nncc.graph.op.Pad;
import dev.nncc.graph.op.PadMode;
import dev.nncc.graph.op.Reshape;
import dev.nncc.graph.op.ScatterElements;
import dev.nncc.graph.op.ScatterKind;
import dev.nncc.graph.op.ScatterNd;
import dev.nncc.graph.op.Slice;
import dev.nncc.graph.op.Suppress;
import dev.nncc.graph.op.Tile;
import dev.nncc.graph.op.TopK;
import dev.nncc.graph.op.Transpose;
import java.util.List;

/** What moves, joins, picks or orders elements. */
final class MovementCases {
  private MovementCases() {}

  static Graph movement(FamilyCases r, FamilyCase c) {
    long n = r.channels();
    Value x = c.input(2, n, r.extent(), r.extent());
    Value t = c.add(new Transpose(List.of(0, 2, 3, 1)), x);
    Value rows = c.add(new Reshape(Shape.of(2, t.shape().dim(1) * t.shape().dim(2), n)), t);
    Value e = c.add(new Tile(List.of(1L, 2L, 1L)), rows);
    Value s = c.input(1, 3, 1);
    return c.graph(e, c.act(ElementwiseKind.NEG, t), c.add(new Expand(Shape.of(2, 3, 4)), s));
  }

  static Graph pad(FamilyCases r, FamilyCase c) {
    Value x = c.input(1, r.channels(), 5, 6);
    PadMode mode = PadMode.values()[r.random.nextInt(4)];
    Value y = r.convOf(c, x, r.channels(), 1, 1, true);
    Pad p = new Pad(List.of(0L, 0L, 2L, 1L), List.of(0L, 0L, 3L, 0L), mode, 0.5);
    return c.graph(c.add(p, y), c.add(p, x));
  }

  /** Channels added behind those of blocks: within the last block, or whole blocks. */
  static Graph channelsBehind(FamilyCases r, FamilyCase c) {
    long n = r.channels();
    Value x = c.input(1, n, 5, 6);
    Value made = r.convOf(c, x, n, 1, 1, true);
    Value first = made;
    Value last = made;
    for (long behind : new long[] {1, 4, 15, 16, 40}) {
      double fill = behind == 4 ? 0.5 : 0;
      List<Long> after = List.of(0L, behind, 0L, behind % 2);
      Pad p = new Pad(List.of(0L, 0L, 1L, 0L), after, PadMode.CONSTANT, fill);
      Value y = c.act(ElementwiseKind.NEG, c.add(p, made));
      first = behind == 1 ? y : first;
      last = r.convOf(c, y, n, 1, 1, false);
      made = last;
    }
    return c.graph(first, last);
  }

  static Graph concatSlice(FamilyCases r, FamilyCase c) {
    Value x = c.input(2, 3, r.extent() + 3);
    Value y = c.input(2, 4, x.shape().dim(2));
    Value z = c.add(new Concat(1), x, c.act(ElementwiseKind.NEG, y), x);
    Slice forward = new Slice(List.of(0L, 1L, 0L), List.of(2L, 3L, 2L), List.of(1L, 2L, 1L));
    Slice backward = new Slice(List.of(1L, 9L, 2L), List.of(2L, 3L, 2L), List.of(-1L, -3L, -1L));
    return c.graph(c.act(ElementwiseKind.EXP, c.add(forward, z)), c.add(backward, z));
  }

  static Graph gather(FamilyCases r, FamilyCase c) {
    Value x = c.input(7, 5, r.channels());
    Value i = c.input(DType.I64, 5, 2, 3);
    Value e = c.input(DType.I64, 7, 3, 5, x.shape().dim(2));
    Value hot = c.add(new OneHot(1, 6), i, c.constant(2));
    return c.graph(c.add(new Gather(1), x, i), c.add(new GatherElements(0), x, e), hot);
  }

  static Graph scatter(FamilyCases r, FamilyCase c) {
    Value x = c.input(6, 5);
    Value i = c.input(DType.I64, 6, 3, 5);
    ScatterKind kind = ScatterKind.values()[r.random.nextInt(5)];
    Value y = c.add(new ScatterElements(0, kind), x, i, c.input(3, 5));
    Value at = c.input(DType.I64, 5, 4, 2);
    return c.graph(y, c.add(new ScatterNd(kind), x, at, c.input(4)));
  }

  static Graph topK(FamilyCases r, FamilyCase c) {
    Value x = c.input(DType.I32, 6, 3, 9);
    TopK k = new TopK(1, r.pick(1, 4, 9), r.random.nextBoolean());
    List<Value> both = c.b.add(Origin.NONE, List.of(), k, List.of(x));
    return c.graph(both.get(0), both.get(1));
  }

  static Graph suppress(FamilyCases r, FamilyCase c) {
    long lists = r.pick(1, 3);
    long n = r.pick(1, 5, 37);
    Value may = c.add(Elementwise.of(ElementwiseKind.LESS), c.constant(1), c.input(lists, n));
    Value over = c.add(Elementwise.of(ElementwiseKind.LESS), c.constant(1), c.input(lists, n, n));
    return c.graph(c.add(new Suppress(), may, over));
  }

  static Graph cumSum(FamilyCases r, FamilyCase c) {
    Value x = c.input(3, r.extent(), r.extent());
    return c.graph(
        c.add(new CumSum(r.random.nextInt(3), r.random.nextBoolean(), r.random.nextBoolean()), x));
  }
}
